import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import {
  type InspectedDevice,
  type InspectedEdge,
  type InspectedSample,
  type InspectedTwin,
  inspectEdge,
} from "@mapperkit/edgecore";
import { stringify } from "yaml";
import { printTable } from "../output/print-table.ts";
import type { Streams } from "../output/streams.ts";
import { dataFolder } from "../program/data-folder.ts";
import { deviceArgument } from "./device-argument.ts";
import { printable } from "./printable.ts";

export interface InspectFlags {
  data?: string | undefined;
  device?: string | undefined;
  output: "table" | "json" | "yaml";
}

const HEAD = ["DEVICE", "STATE", "LAST ONLINE", "PROPERTY", "EXPECTED", "ACTUAL", "AT", "OUTCOME"];
const LONGEST_VALUE = 40;

/** Prints what an edge keeps on disk, whether it runs or not. @throws MapperkitError `not_found` */
export function printStore(flags: InspectFlags, { out, err }: Streams): void {
  const folder = join(dataFolder(flags.data), "edgecore");
  const { node, devices } = inspectEdge(folder);
  const shown = flags.device === undefined ? devices : [find(devices, flags.device, folder)];
  const content = { ...(node !== undefined && { node }), devices: shown };
  if (flags.output === "json") out(JSON.stringify(content, null, 2));
  else if (flags.output === "yaml") out(stringify(content).trimEnd());
  else if (shown.length === 0) err(`The edge in ${folder} has no devices.`);
  else {
    out(storeTable(content));
    if (flags.device !== undefined) for (const device of shown) printHistory(device, out);
  }
}

/** The devices of a store with their twins, a row for each property. */
export function storeTable({ node, devices }: InspectedEdge): string {
  const title = node === undefined ? "" : `node ${printable(node)}\n\n`;
  return title + printTable(HEAD, devices.flatMap(rowsOf));
}

function find(devices: readonly InspectedDevice[], name: string, folder: string): InspectedDevice {
  const id = deviceArgument(name);
  const device = devices.find((candidate) => candidate.id === id);
  if (device) return device;
  const known = devices.slice(0, 10).map((candidate) => candidate.id);
  const hint = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  const more = devices.length > known.length ? ` and ${devices.length - known.length} more` : "";
  throw new MapperkitError("not_found", `no device ${id} in ${folder}: ${hint}${more}`);
}

function rowsOf({ id, state, lastOnline, twins }: InspectedDevice): string[][] {
  const lead = [printable(id), printable(state || "-"), printable(lastOnline || "-")];
  const properties = Object.entries(twins);
  if (properties.length === 0) return [[...lead, "-", "-", "-", "-", ""]];
  return properties.map(([property, twin], place) => [
    ...(place === 0 ? lead : ["", "", ""]),
    printable(property),
    valueText(twin.expected),
    actualOf(twin.actual),
    timeOf(twin.actual?.timestamp),
    outcomeOf(twin),
  ]);
}

function valueText(sample: InspectedSample | undefined): string {
  return sample === undefined ? "-" : printable(sample.value, LONGEST_VALUE) || '""';
}

function actualOf(actual: InspectedTwin["actual"]): string {
  if (!actual?.quality || actual.quality === "Good") return valueText(actual);
  const why = actual.reason ? `: ${printable(actual.reason, LONGEST_VALUE)}` : "";
  return `${valueText(actual)} (${printable(actual.quality)}${why})`;
}

function outcomeOf({ outcome }: InspectedTwin): string {
  if (!outcome) return "";
  const why = outcome.message ?? outcome.reason;
  return printable(why ? `${outcome.phase}: ${why}` : outcome.phase);
}

function timeOf(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(new Date(ms).getTime())) return "-";
  return new Date(ms).toISOString();
}

function printHistory({ twins }: InspectedDevice, out: Streams["out"]): void {
  for (const [property, { history = [] }] of Object.entries(twins)) {
    if (history.length === 0) continue;
    const rows = history.map(({ timestamp, value }) => [timeOf(timestamp), printable(value)]);
    out(`\n${printable(property)}, last ${history.length} samples\n`);
    out(printTable(["AT", "VALUE"], rows));
  }
}
