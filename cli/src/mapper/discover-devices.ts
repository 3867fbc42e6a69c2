import { MapperkitError } from "@mapperkit/api";
import { RealClock } from "@mapperkit/runtime";
import type { Discovered, Mapper } from "@mapperkit/sdk";
import { stringify } from "yaml";
import type { Streams } from "../output/streams.ts";
import { loadMapper } from "./load-mapper.ts";
import { settings } from "./settings.ts";

export interface DiscoverFlags {
  mapper: string;
  set?: string[] | undefined;
  timeout: number;
  output: "table" | "json" | "yaml";
}

type Found = Discovered<unknown>;

/** Prints each device as soon as it is found. @throws MapperkitError `unsupported`, `not_found` */
export async function discoverDevices(flags: DiscoverFlags, { out, err }: Streams): Promise<void> {
  const mapper = await loadMapper(flags.mapper);
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const timeout = new RealClock().timeout(flags.timeout * 1000);
  const signal = AbortSignal.any([interrupted.signal, timeout]);
  let count = 0;
  try {
    for await (const found of mapper.discover({ config: settings(flags.set ?? []), signal })) {
      count += 1;
      out(shown(flags.output, mapper, found, count));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  if (timeout.aborted) err(`stopped looking after ${flags.timeout} s`);
  if (count === 0) throw new MapperkitError("not_found", `mapper ${mapper.name} found no device`);
}

function shown(
  form: DiscoverFlags["output"],
  mapper: Mapper,
  { config, model, labels }: Found,
  number: number,
): string {
  if (form === "json") return JSON.stringify({ config, model, labels });
  if (form === "yaml") {
    const device = manifestOf(mapper, { config, labels: labels ?? {} }, model, number);
    // Kubernetes reads YAML 1.1, where an unquoted ON is a boolean.
    return `---\n${stringify(device, { version: "1.1" }).trimEnd()}`;
  }
  const pairs = Object.entries({ ...(config as object) }).map(([key, value]) => `${key}=${value}`);
  return [pairs.join(" "), model ?? ""].join("   ").trimEnd();
}

function manifestOf(
  mapper: Mapper,
  { config, labels }: Pick<Found, "config" | "labels">,
  model: string | undefined,
  number: number,
) {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: `${model ?? mapper.name}-${number}`, labels },
    spec: {
      ...(model !== undefined && { deviceModelRef: { name: model } }),
      protocol: { protocolName: mapper.name, configData: config },
    },
  };
}
