import { MapperkitError } from "@mapperkit/api";
import type { Reading } from "@mapperkit/sdk";
import { fromVariant, type UaVariant } from "./from-variant.ts";
import { describeStatus, qualityOf, reasonOf, type Status } from "./status-words.ts";

/** A node's value with its status and times, as node-opcua gives it. */
export interface UaValue {
  readonly value: UaVariant;
  readonly statusCode: Status;
  readonly sourceTimestamp?: Date | null;
  readonly serverTimestamp?: Date | null;
}

/** 1601 is how OPC UA writes "no time". */
const FIRST_TIME = Date.UTC(1970, 0, 2);

/** What a server told of a node. Total: a value that no property holds is Bad. */
export function toReading(told: UaValue): Reading {
  const { statusCode, value } = told;
  const quality = qualityOf(statusCode);
  const reason = reasonOf(statusCode);
  const time = timeOf(told);
  const source = time === undefined ? {} : { sourceTimestamp: time };
  if (quality === "Bad") return { quality, reason, ...source };
  try {
    const taken = fromVariant(value);
    if (taken === undefined) return { quality: "Bad", reason: "initial", ...source };
    return { value: taken, quality, reason, ...source };
  } catch {
    return { quality: "Bad", reason: "typeMismatch", ...source };
  }
}

/** As toReading(), for a read that somebody waits for: a Bad status is an Error that says why. */
export function toAnswer(told: UaValue, nodeId: string): Reading | MapperkitError {
  const { statusCode } = told;
  if (!statusCode.isBad()) return toReading(told);
  return new MapperkitError("rejected", `node ${nodeId} is ${describeStatus(statusCode)}`, {
    details: { reason: reasonOf(statusCode), nodeId },
  });
}

/** The source's time, else the server's; both are the device's own. */
function timeOf({ sourceTimestamp, serverTimestamp }: UaValue): number | undefined {
  const time = (sourceTimestamp ?? serverTimestamp)?.getTime();
  return time !== undefined && time >= FIRST_TIME ? time : undefined;
}
