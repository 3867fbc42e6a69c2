import { stringify } from "yaml";
import { printTable } from "../output/print-table.ts";
import type { Streams } from "../output/streams.ts";
import type { Road, Step } from "./road.ts";

export type RoadForm = "table" | "json" | "yaml";

export function printRoad(road: Road, form: RoadForm, { out }: Streams): void {
  if (form === "json") out(JSON.stringify(road, null, 2));
  else if (form === "yaml")
    out(`---\n${stringify(road, { version: "1.1", aliasDuplicateObjects: false }).trimEnd()}`);
  else printTables(road, out);
}

function printTables(road: Road, out: Streams["out"]): void {
  out(printTable(["STEP", "IS", "SINCE", "WHAT"], road.steps.map(rowOf)));
  if (road.events.length > 0) {
    const rows = road.events.map(({ at, reason, message, count }) => [
      at,
      reason,
      count > 1 ? `${message} (${count} times)` : message,
    ]);
    out(`\n${printTable(["LAST EVENTS", "REASON", "WHAT"], rows)}`);
  }
  out(`\n${verdict(road)}`);
}

/** One or two lines: where it stands, since when, what to do. */
export function verdict({ device, steps, standsAt }: Road): string {
  if (standsAt) {
    const since = standsAt.since ? ` since ${standsAt.since}` : "";
    const hint = standsAt.do ? `\nTo do: ${standsAt.do}` : "";
    return `${device} stands at the ${standsAt.step}${since}: ${standsAt.says}${hint}`;
  }
  const unseen = steps.filter(({ standing }) => standing === "unknown").map(({ step }) => step);
  const rest = unseen.length > 0 ? `; from here the ${unseen.join(", ")} cannot be seen` : "";
  return `Nothing is in the way of ${device}${rest}.`;
}

function rowOf({ step, standing, since, says }: Step): string[] {
  const mark = { open: "open", stands: "STANDS", unknown: "?" }[standing];
  return [step, mark, since ?? "-", says];
}
