import { type DeviceFault, MapperkitError } from "@mapperkit/api";
import type { AddressSpan, BlockLimits, WantedBlock } from "./block-plan.ts";

/** Longest item, so that a slip of the pen does not become a day of reading. */
const MAX_ITEM = 65_536;

/** @throws MapperkitError `invalid_input` naming the limit that cannot be */
export function checkLimits({ maxBlock, maxGap = 0 }: BlockLimits): void {
  for (const [space, max] of Object.entries(maxBlock)) {
    if (!Number.isInteger(max) || max < 1) {
      throw badLimit(`maxBlock.${space}`, max, "a whole number of 1 or more");
    }
  }
  if (Number.isNaN(maxGap) || maxGap < 0) throw badLimit("maxGap", maxGap, "0 or more");
}

export function neverReadOf({ neverRead = [] }: BlockLimits, space: string) {
  const isForAll = (spans: object): spans is readonly AddressSpan[] => Array.isArray(spans);
  return isForAll(neverRead) ? neverRead : (neverRead[space] ?? []);
}

/** Why an item cannot be planned by itself; undefined when it can. */
export function findWantedFault(item: WantedBlock, limits: BlockLimits): DeviceFault | undefined {
  const { space, start, length } = item;
  const max = maxBlockOf(limits, space);
  if (max === undefined) {
    const known = Object.keys(limits.maxBlock).join(", ");
    return faultOf(item, "space", "UnknownSpace", `is "${space}", must be one of ${known}`);
  }
  if (!Number.isSafeInteger(start) || start < 0) {
    return faultOf(item, "address", "InvalidAddress", `is ${start}, must be 0 or more`);
  }
  if (!Number.isSafeInteger(length) || length < 1 || length > MAX_ITEM) {
    const what = `has ${length} addresses, must have 1 to ${MAX_ITEM}`;
    return faultOf(item, "address", "InvalidLength", what);
  }
  const forbidden = neverReadOf(limits, space).find(
    ([first, last]) => start <= last && start + length > first,
  );
  if (forbidden) {
    const what = `covers ${start} to ${start + length - 1}, but ${forbidden[0]} to ${forbidden[1]} may never be read`;
    return faultOf(item, "address", "NeverRead", what);
  }
  if (length <= max || item.mayBeSplit) return undefined;
  const what = `covers ${length} addresses, must be ${max} or less to be read in one request`;
  return faultOf(item, "address", "TooLong", what);
}

export function maxBlockOf({ maxBlock }: BlockLimits, space: string): number | undefined {
  return Object.hasOwn(maxBlock, space) ? maxBlock[space] : undefined;
}

export function duplicateFault(item: WantedBlock): DeviceFault {
  return faultOf(item, "address", "DuplicateProperty", "is planned twice, must be unique");
}

function faultOf(item: WantedBlock, key: string, reason: string, what: string): DeviceFault {
  const { property } = item;
  const field = `spec.properties[${property}].visitors.configData.${key}`;
  return { field, property, reason, message: `${field} ${what}` };
}

function badLimit(field: string, value: unknown, expectation: string): MapperkitError {
  const message = `limits.${field} is ${String(value)}, must be ${expectation}`;
  return new MapperkitError("invalid_input", message, { details: { field: `limits.${field}` } });
}
