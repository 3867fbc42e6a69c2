import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DeviceId } from "@mapperkit/api";
import { type InspectedDevice, inspectEdge } from "@mapperkit/edgecore";
import type { Clock } from "@mapperkit/runtime";
import { readMetrics } from "../edge/read-metrics.ts";
import { absent, type Fact, found, unknown } from "./fact.ts";
import type { ProgramSeen } from "./road.ts";

const ANSWER_WITHIN_MS = 2_000;

/** A program's health and metrics, where it can be reached from here. */
export async function gatherProgram(
  what: string,
  url: string,
  flag: string,
  clock: Clock,
): Promise<Fact<ProgramSeen>> {
  try {
    const [ready, metrics] = await Promise.all([
      ask(new URL("/readyz", url), clock),
      ask(new URL("/metrics", url), clock),
    ]);
    const series = readMetrics(metrics.text);
    const metric = (name: string, label?: string) => {
      const ours = series.filter(
        (one) => one.name === name && (label === undefined || one.labels.includes(label)),
      );
      return ours.length === 0 ? undefined : ours.reduce((sum, { value }) => sum + value, 0);
    };
    return found({ url, notReady: ready.isWell ? "" : oneLine(ready.text), metric });
  } catch {
    return unknown(`${what}'s metrics are not at hand: nobody answers at ${url} (${flag})`);
  }
}

/** The device in the store of an edge on this machine. */
export function gatherStore(
  folder: string,
  id: DeviceId,
  node: string | undefined,
): Fact<InspectedDevice> {
  const dataDir = join(folder, "edgecore");
  if (!existsSync(dataDir)) return unknown("the edge's store is not at hand here (--data)");
  try {
    const { node: own, devices } = inspectEdge(dataDir);
    if (node !== undefined && own !== undefined && own !== node) {
      return unknown(`the store in ${folder} is node ${own}'s, the device is on ${node} (--data)`);
    }
    const device = devices.find((each) => each.id === id);
    return device ? found(device) : absent;
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

async function ask(url: URL, clock: Clock): Promise<{ isWell: boolean; text: string }> {
  const response = await fetch(url, { signal: clock.timeout(ANSWER_WITHIN_MS) });
  return { isWell: response.ok, text: await response.text() };
}

function oneLine(text: string): string {
  const failed = text.split("\n").filter((line) => line.startsWith("[-]"));
  return (failed.length > 0 ? failed.map((line) => line.slice(3)) : [text.trim()]).join(", ");
}
