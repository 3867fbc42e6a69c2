import type { Context, SimpleMapper } from "@mapperkit/sdk";
import { translateAnnouncement } from "./announced/translate-announcement.ts";
import { endpointOf, type SerialConfig, serialConfig } from "./config/serial-config.ts";
import { type SerialVisitor, serialVisitor } from "./config/serial-visitor.ts";
import { openPort } from "./port/open-port.ts";
import { SerialSession } from "./talk/serial-session.ts";

/** Longer than any timeoutMs with the late answer after it and the pause before it. */
const OPERATION_MS = 150_000;
const DEFAULT_LATE_MS = 500;

type Driver = SimpleMapper<SerialConfig, SerialVisitor, SerialSession>;

/** Lines and frames over a serial port, as the SDK works them: one property at a time. */
export function serialDriver(): Driver {
  /** What was last said of ports that do not open, so that each reason is said once. */
  const told = new Map<string, string>();
  return {
    protocol: "serial",
    config: serialConfig,
    visitor: serialVisitor,
    verify: "readback",
    normalise: translateAnnouncement,
    timeoutMs: OPERATION_MS,
    endpoint: endpointOf,
    connect: (context) => connect(context, told),
    close: (session) => session.close(),
    read: (session, op) => session.read(op),
    write: (session, op) => session.write(op),
  };
}

async function connect(
  { config, clock, transports, signal, log }: Context<SerialConfig>,
  told: Map<string, string>,
): Promise<SerialSession> {
  const place = endpointOf(config);
  try {
    const stream = await openPort(config, { transports, signal });
    told.delete(place);
    const quietMs = config.lateAnswerMs ?? DEFAULT_LATE_MS;
    return new SerialSession({ stream, clock, byteMs: byteMsOf(config), quietMs });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (told.get(place) !== why && !signal.aborted) {
      told.set(place, why);
      log.warn("serial port cannot be opened", { error: why });
    }
    throw error;
  }
}

/** Time of one byte on the wire, ms; bytes on a network take none. */
function byteMsOf({ serialPort, baudRate, dataBits, parity, stopBits }: SerialConfig): number {
  if (serialPort.startsWith("tcp://")) return 0;
  return ((1 + dataBits + (parity === "none" ? 0 : 1) + stopBits) * 1000) / baudRate;
}
