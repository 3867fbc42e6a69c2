import type { DeviceFault } from "@mapperkit/api";
import type { AddressBits } from "../codec/encoding.ts";
import type { BlockRequest } from "./block-plan.ts";

/** What one read costs on a bus besides its data. */
export interface FrameCost {
  /** Bytes of a read request. */
  readonly requestBytes: number;
  /** Bytes of its answer without the data. */
  readonly answerBytes: number;
  /** Bits on the line for one byte: with start, parity and stop bits. */
  readonly bitsPerByte: number;
  readonly bitsPerSecond: number;
  /** Silence after each frame. */
  readonly silenceMs: number;
  /** From the request's end to the answer's start, for device and network. */
  readonly turnaroundMs: number;
  /** Pause that a device needs between an answer and the next request. */
  readonly pauseMs: number;
}

/** Requests that are all sent once in each cycle. */
export interface BusRound {
  readonly requests: readonly BlockRequest[];
  readonly cycleMs: number;
}

export interface BusLoad {
  /** Time on the bus for every round once. */
  readonly busTimeMs: number;
  /** Share of the bus's time: 1 is all of it. */
  readonly utilisation: number;
  /** `BusOverload` when the rounds cannot be kept up. */
  readonly fault?: DeviceFault;
}

/** Bits behind one address of Modbus' spaces. */
export function addressBitsOf(space: string): AddressBits {
  return space === "coil" || space === "discreteInput" ? 1 : 16;
}

/** Time that one request keeps the bus, ms. */
export function requestTimeMs(
  { space, length }: Pick<BlockRequest, "space" | "length">,
  cost: FrameCost,
  bitsOf: (space: string) => AddressBits = addressBitsOf,
): number {
  const data = Math.ceil((length * bitsOf(space)) / 8);
  const bits = (cost.requestBytes + cost.answerBytes + data) * cost.bitsPerByte;
  const lineMs = (bits * 1000) / cost.bitsPerSecond;
  return lineMs + 2 * cost.silenceMs + cost.turnaroundMs + cost.pauseMs;
}

/** What polling costs a bus: writes come on top. */
export function busLoadOf(
  rounds: readonly BusRound[],
  cost: FrameCost,
  bitsOf: (space: string) => AddressBits = addressBitsOf,
): BusLoad {
  let busTimeMs = 0;
  let utilisation = 0;
  for (const { requests, cycleMs } of rounds) {
    const times = requests.map((request) => requestTimeMs(request, cost, bitsOf));
    const roundMs = times.reduce((sum, ms) => sum + ms, 0);
    busTimeMs += roundMs;
    if (roundMs > 0) utilisation += roundMs / cycleMs;
  }
  if (utilisation <= 1) return { busTimeMs, utilisation };
  const requests = rounds.reduce((sum, round) => sum + round.requests.length, 0);
  return { busTimeMs, utilisation, fault: busOverload(requests, utilisation) };
}

/** What a device is told whose requests its bus has no time for; `others` is the share that is taken. */
export function busOverload(requests: number, utilisation: number, others = 0): DeviceFault {
  const field = "spec.properties[].collectCycle";
  const percent = Math.ceil(utilisation * 100);
  const room = Math.floor((1 - others) * 100);
  const most = others > 0 ? `${room} %, which the other devices on it leave,` : "100 %";
  const message = `${field} asks for ${percent} % of the bus with ${requests} requests, must be ${most} or less: longer cycles or fewer properties`;
  return { field, reason: "BusOverload", message };
}
