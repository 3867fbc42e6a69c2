import { checkValueOfType, type Device, type DeviceModel, type MsgTwin } from "@mapperkit/api";
import { desiredVersion } from "../status/desired-version.ts";
import { isHarmless } from "../status/next-status.ts";
import type { DeviceMemory } from "../upstream/device-memory.ts";

/** The types of a DeviceModel in the words that a stock edge takes; anything else is a string. */
const TYPES: Readonly<Record<string, string>> = {
  INT: "int",
  FLOAT: "float",
  DOUBLE: "float",
  BOOLEAN: "boolean",
};
/** Where a stock edge's `int` ends; ours holds counters of 64 bits without a sign too. */
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * The desired values of a device as a stock edge understands them in a membership message
 * (device-api.md 13 and 14). What the model forbids, and what is empty, is left out: either would stop
 * the edge's worker or never be taken.
 */
export function stockTwins(input: {
  device: Device;
  model: DeviceModel | undefined;
  memory: DeviceMemory;
  now: number;
}): Record<string, MsgTwin> {
  const { device, model, memory, now } = input;
  const faulty = new Set(
    memory.judgement
      .of(device, model)
      .faults.flatMap(({ property, reason }) =>
        property !== undefined && !isHarmless(reason) ? [property] : [],
      ),
  );
  const twins: Record<string, MsgTwin> = {};
  for (const { name, desired } of device.spec?.properties ?? []) {
    if (!desired?.value || faulty.has(name)) continue;
    const property = model?.spec?.properties?.find((each) => each.name === name);
    const type = stockType(property?.type, desired.value);
    const twin = memory.twin(name);
    const cloud = desiredVersion(twin, desired.value, now);
    const edge = Math.max(now, cloud, (twin.seen?.edge ?? 0) + 1);
    twins[name] = {
      expected: { value: desired.value, metadata: { timestamp: cloud } },
      optional: false,
      metadata: { type },
      expected_version: { cloud, edge },
    };
  }
  return twins;
}

/** The same values with versions that a stock edge has passed: it answers with what it expects. */
export function probeTwins(
  twins: Readonly<Record<string, MsgTwin>>,
  device: Device,
  memory: DeviceMemory,
): Record<string, MsgTwin> {
  const probes: Record<string, MsgTwin> = {};
  for (const { name, desired } of device.spec?.properties ?? []) {
    const twin = twins[name];
    const version = twin?.expected_version?.cloud;
    const { reported, observedDesired } = memory.twin(name);
    const isProven = [reported?.value, observedDesired?.value].includes(desired?.value);
    if (!twin || version === undefined || isProven) continue;
    probes[name] = { ...twin, expected_version: { cloud: version - 1, edge: version } };
  }
  return probes;
}

/** A value that its own type would refuse at the edge goes as a string. */
function stockType(modelType: string | undefined, value: string): string {
  const type = TYPES[modelType ?? ""] ?? "string";
  if (checkValueOfType(type, value) !== undefined) return "string";
  return type === "int" && BigInt(value.replace("+", "")) > MAX_INT64 ? "string" : type;
}

/** Equal for twins that say the same, whenever they are sent. */
export function twinsKey(twins: Readonly<Record<string, MsgTwin>>): string {
  return JSON.stringify(
    Object.entries(twins).map(([name, twin]) => [
      name,
      twin.expected?.value,
      twin.metadata?.type,
      twin.expected_version?.cloud,
    ]),
  );
}
