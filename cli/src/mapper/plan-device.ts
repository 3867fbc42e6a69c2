import { type DeviceAnnouncement, MapperkitError } from "@mapperkit/api";
import { type ExplainedPlan, explainPlan } from "@mapperkit/sdk";
import { printTable } from "../output/print-table.ts";
import type { Streams } from "../output/streams.ts";
import { loadMapper } from "./load-mapper.ts";
import { announcementOf, readManifests } from "./read-devices.ts";
import { settings } from "./settings.ts";

export interface PlanFlags {
  device: string;
  mapper: string;
  file?: string[] | undefined;
  set?: string[] | undefined;
  kubeconfig?: string | undefined;
  namespace?: string | undefined;
  output: "table" | "json";
}

/**
 * Prints how a mapper would read a device.
 * @throws MapperkitError `invalid_input` when something of the device cannot be worked, or the bus
 *   cannot carry it
 */
export async function planDevice(flags: PlanFlags, { out }: Streams): Promise<void> {
  const mapper = await loadMapper(flags.mapper);
  const announcement = flags.file?.length
    ? announcementOf(readManifests(flags.file), flags.device)
    : await fromCluster(flags);
  const plan = explainPlan(mapper.definition, announcement, settings(flags.set ?? []));
  if (flags.output === "json") out(JSON.stringify(plan, null, 2));
  else printPlan(plan, out);
  if (plan.faults.length === 0) return;
  throw new MapperkitError("invalid_input", plan.faults.map(({ message }) => message).join("\n"));
}

async function fromCluster(flags: PlanFlags): Promise<DeviceAnnouncement> {
  const { announcementFromCluster } = await import("./cluster-device.ts");
  return await announcementFromCluster(flags.device, flags);
}

function printPlan({ requests, busTimeMs, utilisation }: ExplainedPlan, out: Streams["out"]): void {
  const head = ["CYCLE", "UNIT", "SPACE", "START", "LENGTH", "BYTES", "BUS TIME", "PROPERTIES"];
  const rows = requests.map(({ cycleMs, block, bytes, timeMs, properties }) => [
    `${cycleMs} ms`,
    `${block?.unit ?? "-"}`,
    block?.space ?? "-",
    `${block?.start ?? "-"}`,
    `${block?.length ?? "-"}`,
    `${bytes ?? "-"}`,
    timeMs === undefined ? "-" : `${timeMs.toFixed(1)} ms`,
    properties.join(", "),
  ]);
  if (rows.length > 0) out(printTable(head, rows));
  const load =
    utilisation === undefined
      ? ""
      : `, ${(busTimeMs ?? 0).toFixed(1)} ms on the bus, ${(utilisation * 100).toFixed(1)} % of its time`;
  out(`\n${requests.length} request${requests.length === 1 ? "" : "s"}${load}`);
}
