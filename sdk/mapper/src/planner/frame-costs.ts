import type { FrameCost } from "./bus-load.ts";

export interface SerialLine {
  readonly baudRate: number;
  /** Default none. */
  readonly parity?: "none" | "even" | "odd";
  /** Default 8. */
  readonly dataBits?: 7 | 8;
  /** Default 1. */
  readonly stopBits?: 1 | 2;
  /** Time that a device takes to answer. Default 5 ms. */
  readonly turnaroundMs?: number;
  readonly pauseBetweenMs?: number;
}

/**
 * Modbus RTU: unit, function, address, count and CRC are 8 bytes; an answer has 5 besides its
 * data. Frames are 3.5 characters apart, 1.75 ms above 19,200 baud (Modbus over Serial Line
 * V1.02 §2.5.1.1).
 */
export function rtuFrameCost(line: SerialLine): FrameCost {
  const { baudRate, parity = "none", dataBits = 8, stopBits = 1 } = line;
  const bitsPerByte = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
  return {
    requestBytes: 8,
    answerBytes: 5,
    bitsPerByte,
    bitsPerSecond: baudRate,
    silenceMs: baudRate > 19_200 ? 1.75 : (3.5 * bitsPerByte * 1000) / baudRate,
    turnaroundMs: line.turnaroundMs ?? 5,
    pauseMs: line.pauseBetweenMs ?? 0,
  };
}

export interface NetworkLine {
  /** Network and device together. Default 2 ms. */
  readonly roundTripMs?: number;
  /** Default 100,000,000. */
  readonly bitsPerSecond?: number;
  readonly pauseBetweenMs?: number;
}

/** Modbus TCP: 12 bytes ask, an answer has 9 besides its data (headers of TCP are in the round trip). */
export function tcpFrameCost(line: NetworkLine = {}): FrameCost {
  return {
    requestBytes: 12,
    answerBytes: 9,
    bitsPerByte: 8,
    bitsPerSecond: line.bitsPerSecond ?? 100_000_000,
    silenceMs: 0,
    turnaroundMs: line.roundTripMs ?? 2,
    pauseMs: line.pauseBetweenMs ?? 0,
  };
}
