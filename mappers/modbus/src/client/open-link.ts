import type { Clock, Transports } from "@mapperkit/runtime";
import type { ModbusConfig } from "../config/modbus-config.ts";
import type { LateAnswers } from "./late-answers.ts";
import type { ModbusLink } from "./modbus-link.ts";
import { type LineTimes, RtuLink } from "./rtu-link.ts";
import type { OpenPort } from "./serial-stream.ts";
import { TcpLink } from "./tcp-link.ts";

export interface LinkParts {
  readonly clock: Clock;
  readonly transports: Transports;
  /** What an earlier session on this line left behind. */
  readonly late: LateAnswers;
  readonly signal: AbortSignal;
  readonly openPort: OpenPort;
}

/** Above 19,200 baud the silence between frames is fixed (Modbus over Serial Line 1.02, 2.5.1.1). */
const FAST_BAUD = 19_200;
const FAST_GAP_MS = 1.75;
const GAP_CHARACTERS = 3.5;

/**
 * Opens the way to a bus.
 * @throws MapperkitError `unreachable`, `timed_out` or `unsupported`, with what to check
 */
export async function openLink(config: ModbusConfig, parts: LinkParts): Promise<ModbusLink> {
  const { clock, transports, late, signal, openPort } = parts;
  const { host, port, transport, lateAnswerMs, serialPort = "" } = config;
  if (transport === "rtu") {
    const stream = await openPort({ ...config, path: serialPort });
    return new RtuLink({ stream, clock, late, times: { ...timesOf(config), lateAnswerMs } });
  }
  const stream = await transports.tcp({ host, port, signal });
  if (transport === "tcp") return new TcpLink(stream, clock);
  return new RtuLink({ stream, clock, late, times: { byteMs: 0, frameGapMs: 0, lateAnswerMs } });
}

function timesOf({
  baudRate,
  dataBits,
  parity,
  stopBits,
}: ModbusConfig): Omit<LineTimes, "lateAnswerMs"> {
  const bits = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
  const byteMs = (bits * 1000) / baudRate;
  return { byteMs, frameGapMs: baudRate > FAST_BAUD ? FAST_GAP_MS : GAP_CHARACTERS * byteMs };
}
