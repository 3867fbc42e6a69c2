import type { Device, DeviceModel, ProtocolConfig } from "@mapperkit/api";

/** What a property asks of its samples in its visitor's configData (additions.md). */
export interface Sampling {
  /** Equal values count as changes. */
  readonly everySample: boolean;
  /** How many samples the edge keeps. */
  readonly history: number;
  /** Samples go to a sink beyond the cloud, so none may be left out. */
  readonly hasSink?: true;
}

/** A slip of the pen shall not fill the disk. */
const MAX_HISTORY = 100_000;

/** The properties that ask for something; what the device says wins over its model, key by key. */
export function samplingOf(
  device: Device | undefined,
  model: DeviceModel | undefined,
): ReadonlyMap<string, Sampling> | undefined {
  const found = new Map<string, Sampling>();
  for (const { name, visitors } of model?.spec?.properties ?? []) note(found, name, visitors);
  for (const { name, visitors } of device?.spec?.properties ?? []) note(found, name, visitors);
  for (const [name, { everySample, history }] of found) {
    if (!everySample && history === 0) found.delete(name);
  }
  return found.size > 0 ? found : undefined;
}

function note(
  found: Map<string, Sampling>,
  name: string,
  visitors: ProtocolConfig | undefined,
): void {
  const config = visitors?.configData;
  const { everySample, history, sampleSink } = config ?? {};
  if (everySample === undefined && history === undefined && sampleSink === undefined) return;
  const base: Sampling = found.get(name) ?? { everySample: false, history: 0 };
  found.set(name, {
    ...base,
    everySample: flagOf(everySample) ?? base.everySample,
    history: countOf(history) ?? base.history,
    ...(typeof sampleSink === "string" && sampleSink !== "" && { hasSink: true }),
  });
}

/** Scalars arrive as text from clouds that keep strings only. */
function flagOf(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

function countOf(value: unknown): number | undefined {
  const count = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0) return undefined;
  return Math.min(count, MAX_HISTORY);
}
