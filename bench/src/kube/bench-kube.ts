import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { bareCommits } from "./bare-sqlite.ts";
import { COLLECTION } from "./device.ts";
import { fanOut, reads, singleWrites, writesPerSecond } from "./measures.ts";
import { createDevices, multiplyDevices } from "./population.ts";
import { endSide, type Side, startSide } from "./side.ts";
import { measureStart } from "./start-measures.ts";

const ROUNDS = 5;
const WARM_UP = 300;
const SINGLE_WRITES = 100;
const CLIENTS = 32;
const MANY_WRITES = 800;
const DEVICES = 10_000;
const MANY_DEVICES = 100_000;
const WATCHES = 1_000;
const OBJECT_BYTES = 3_000;
const BUILT = resolve(import.meta.dirname, "../../../simulators/kubernetes/dist/index.js");
/** Built JavaScript where `npm run build` has made it, as an installed package has it. */
const CONDITION = existsSync(BUILT) ? [] : ["-C", "source"];
const PROGRAM = [...CONDITION, resolve(import.meta.dirname, "kube-program.ts")];
const FLOOR = [...CONDITION, resolve(import.meta.dirname, "floor-program.ts")];

const PARTS: Readonly<Record<string, (folder: string) => Promise<Row[]>>> = {
  writes: async (folder) => [
    ...(await writeRows(folder, "durable")),
    ...(await writeRows(folder, "in memory")),
  ],
  reads: readRows,
  start: startRows,
};

/** The stand-in beside the least that any server of objects must do, in turn; all parts or one. */
export async function benchKube(only?: string): Promise<void> {
  for (const [part, measure] of Object.entries(PARTS)) {
    if (only !== undefined && only !== part) continue;
    const folder = mkdtempSync(join(tmpdir(), "mapperkit-bench-"));
    try {
      writeReport(`kube-${part}`, await measure(folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function writeRows(folder: string, how: "durable" | "in memory"): Promise<Row[]> {
  const place = (name: string) => (how === "durable" ? join(folder, name) : "-");
  const kube = await startSide(PROGRAM, place("kube"));
  const floor = await startSide(FLOOR, place("floor"));
  try {
    for (const { client } of [kube, floor]) {
      await createDevices(client, CLIENTS);
      await singleWrites(client, WARM_UP);
    }
    return await compareWrites(kube, floor, { folder, how });
  } finally {
    await endSide(kube);
    await endSide(floor);
  }
}

async function compareWrites(
  kube: Side,
  floor: Side,
  { folder, how }: { readonly folder: string; readonly how: string },
): Promise<Row[]> {
  const [ours, bare, commits] = [[] as number[], [] as number[], [] as number[]];
  const [many, bareMany] = [[] as number[], [] as number[]];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(...(await singleWrites(kube.client, SINGLE_WRITES)));
    bare.push(...(await singleWrites(floor.client, SINGLE_WRITES)));
    commits.push(...bareCommits(folder, SINGLE_WRITES, OBJECT_BYTES));
    many.push(await writesPerSecond(kube.client, CLIENTS, MANY_WRITES));
    bareMany.push(await writesPerSecond(floor.client, CLIENTS, MANY_WRITES));
  }
  const isDurable = how === "durable";
  const p50 = percentile(ours, 50);
  return [
    row(`status write, ${how}, 1 client, p50 ms`, p50, percentile(bare, 50)),
    ...(isDurable ? [row("  beside a commit by SQLite alone", p50, percentile(commits, 50))] : []),
    row(`status write, ${how}, 1 client, p99 ms`, percentile(ours, 99), percentile(bare, 99)),
    row(
      `status writes/s, ${how}, ${CLIENTS} clients`,
      percentile(many, 50),
      percentile(bareMany, 50),
    ),
  ];
}

async function readRows(folder: string): Promise<Row[]> {
  const [place, floorPlace] = [join(folder, "kube"), join(folder, "floor")];
  await oneDevice(place);
  multiplyDevices(place, DEVICES);
  const kube = await startSide([...PROGRAM, "known"], place);
  const floor = await startSide(FLOOR, floorPlace);
  try {
    await createDevices(floor.client, DEVICES);
    const both = async (what: string, measure: (side: Side) => Promise<number>) =>
      row(what, await measure(kube), await measure(floor));
    return [
      await both("get of a Device, p50 ms", ({ client }) =>
        reads(client, `${COLLECTION}/device-77`, 500),
      ),
      await both(`list of ${DEVICES} Devices, p50 ms`, ({ client }) =>
        reads(client, COLLECTION, 5),
      ),
      await both(`one change to ${WATCHES} watches, p50 ms`, ({ client }) =>
        fanOut(client, WATCHES, 9),
      ),
    ];
  } finally {
    await endSide(kube);
    await endSide(floor);
  }
}

async function oneDevice(place: string): Promise<void> {
  const side = await startSide(PROGRAM, place);
  await createDevices(side.client, 1);
  await endSide(side);
}

async function startRows(folder: string): Promise<Row[]> {
  const place = join(folder, "start");
  mkdirSync(place);
  await oneDevice(place);
  const program = [...PROGRAM, "known", place];
  const bare = ["-e", "setInterval(() => {}, 1e6); console.log('ready')"];
  const floor = await measureStart("empty Node process", bare);
  const empty = await measureStart("the stand-in, no Devices", program);
  multiplyDevices(place, MANY_DEVICES);
  const full = await measureStart(`the stand-in, ${MANY_DEVICES} Devices`, program);
  const perDevice = ((Number(full["RSS MB"]) - Number(empty["RSS MB"])) * 1024) / MANY_DEVICES;
  const memory = {
    what: "memory of a Device, KB",
    "ready ms": "",
    "CPU ms": "",
    "RSS MB": perDevice.toFixed(2),
  };
  return [floor, empty, full, memory];
}

function row(what: string, ours: number, floor: number): Row {
  const digits = ours > 100 ? 0 : 2;
  const ratio = what.includes("/s") ? floor / ours : ours / floor;
  return {
    what,
    "stand-in": ours.toFixed(digits),
    floor: floor.toFixed(digits),
    "times the floor": ratio.toFixed(1),
  };
}
