import type { SimpleMapper } from "@mapperkit/sdk";
import { endpointOf, type SerialConfig, serialConfig } from "./config/serial-config.ts";
import { type SerialVisitor, serialVisitor } from "./config/serial-visitor.ts";
import { openPort } from "./port/open-port.ts";
import { SerialSession } from "./talk/serial-session.ts";

/** Longer than any timeoutMs with the late answer after it and the pause before it. */
const OPERATION_MS = 150_000;
const DEFAULT_LATE_MS = 500;

/** Lines and frames over a serial port, as the SDK works them: one property at a time. */
export const serialDriver: SimpleMapper<SerialConfig, SerialVisitor, SerialSession> = {
  protocol: "serial",
  config: serialConfig,
  visitor: serialVisitor,
  verify: "readback",
  timeoutMs: OPERATION_MS,
  endpoint: endpointOf,
  async connect({ config, clock, transports, signal }) {
    const stream = await openPort(config, { transports, signal });
    const quietMs = config.lateAnswerMs ?? DEFAULT_LATE_MS;
    return new SerialSession({ stream, clock, byteMs: byteMsOf(config), quietMs });
  },
  close: (session) => session.close(),
  read: (session, op) => session.read(op),
  write: (session, op) => session.write(op),
};

/** Time of one byte on the wire, ms; bytes on a network take none. */
function byteMsOf({ serialPort, baudRate, dataBits, parity, stopBits }: SerialConfig): number {
  if (serialPort.startsWith("tcp://")) return 0;
  return ((1 + dataBits + (parity === "none" ? 0 : 1) + stopBits) * 1000) / baudRate;
}
