import { createRandom, VirtualClock } from "@mapperkit/runtime";
import { explainPlan, planBlocks } from "@mapperkit/sdk";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { measureHandOver } from "./hand-over.ts";
import { measureLaws } from "./measure-laws.ts";
import { type PlantShape, RegisterPlant } from "./register-plant.ts";
import { runPlant } from "./run-plant.ts";

const DAY_MS = 86_400_000;
const TEN_MINUTES_MS = 600_000;
const PLAN_ROUNDS = 9;
const SEED = 7;

const plantShape: PlantShape = {
  devices: 100,
  perBus: 10,
  propertiesPerDevice: 50,
  collectCycleMs: 30_000,
  reportCycleMs: 3_600_000,
  latencyMs: 10,
};

/**
 * The SDK by itself: a day of a plant in virtual time, the planner, a dead unit among ten, the laws,
 * and the hand-over of a value to the twin.
 */
export async function benchSdk(): Promise<void> {
  const rows: Row[] = [];
  rows.push(...(await measureDay()));
  rows.push(measurePlanner(), measureChecked());
  rows.push(...(await measureDeadUnit()));
  rows.push(await lawsRow());
  rows.push(...(await handOverRows()));
  writeReport("sdk", rows);
}

async function measureDay(): Promise<Row[]> {
  const runs = [];
  for (let run = 0; run < 2; run++) runs.push(await runPlant(plantShape, DAY_MS, SEED));
  const isSame = new Set(runs.map(({ hash }) => hash)).size === 1;
  if (!isSame) throw new Error("the same seed gave two transcripts");
  return runs.map(({ plant, link, hash, seconds, cpuSeconds }, i) => ({
    what: `a day, 100 devices, 5,000 properties at 30 s, run ${i + 1}`,
    result: `${seconds.toFixed(1)} s`,
    "CPU s": cpuSeconds.toFixed(1),
    detail: `${plant.requests} requests, ${link.values} values told, transcript ${hash.slice(0, 12)}`,
  }));
}

/** 2,000 registers with gaps of 0 to 12 between them, on ten units. */
function measurePlanner(): Row {
  const random = createRandom(SEED);
  let address = 0;
  const wanted = Array.from({ length: 2000 }, (_, i) => {
    if (i % 200 === 0) address = 0;
    address += 1 + random.int(0, 12);
    const unit = Math.floor(i / 200);
    return { property: `p${i}`, unit, space: "holdingRegister", start: address, length: 1 };
  });
  const limits = { maxBlock: { holdingRegister: 125 }, maxGap: 8 };
  return planRow("planner: 2,000 scattered properties on ten units", () => {
    return planBlocks(wanted, limits).requests.length;
  });
}

/** From the announcement: configData checked, addresses found, planned. */
function measureChecked(): Row {
  const shape = { ...plantShape, devices: 1, propertiesPerDevice: 2000 };
  const plant = new RegisterPlant(new VirtualClock(), shape);
  const [announcement] = plant.announcements();
  const { definition } = plant.mapper();
  return planRow("a device of 2,000 properties, checked and planned", () => {
    return announcement ? explainPlan(definition, announcement).requests.length : 0;
  });
}

function planRow(what: string, plan: () => number): Row {
  const times: number[] = [];
  let requests = 0;
  for (let round = 0; round < PLAN_ROUNDS; round++) {
    const begin = performance.now();
    requests = plan();
    times.push(performance.now() - begin);
  }
  const first = times[0]?.toFixed(1);
  return {
    what,
    result: `${percentile(times, 50).toFixed(1)} ms`,
    "CPU s": "",
    detail: `${requests} requests, first time ${first} ms`,
  };
}

async function measureDeadUnit(): Promise<Row[]> {
  const shape = { ...plantShape, devices: 10, collectCycleMs: 1000, latencyMs: 50 };
  const sound = await runPlant(shape, TEN_MINUTES_MS, SEED);
  const one = await runPlant({ ...shape, silentUnit: 3 }, TEN_MINUTES_MS, SEED);
  const healthy = [0, 1, 2, 4, 5, 6, 7, 8, 9];
  const share = healthy.map((unit) => one.plant.readsOf(unit) / sound.plant.readsOf(unit));
  const reads = (run: typeof one) =>
    healthy.reduce((sum, unit) => sum + run.plant.readsOf(unit), 0);
  return [
    {
      what: "ten units on a bus at 1 s, none dead",
      result: `${(reads(sound) / 600).toFixed(2)} reads/s of nine`,
      "CPU s": sound.cpuSeconds.toFixed(1),
      detail: "requests take 50 ms",
    },
    {
      what: "the same with one dead, time-out 1 s",
      result: `${(reads(one) / 600).toFixed(2)} reads/s of nine`,
      "CPU s": one.cpuSeconds.toFixed(1),
      detail: `the slowest keeps ${(Math.min(...share) * 100).toFixed(1)} %, ${one.plant.readsOf(3)} probes`,
    },
  ];
}

async function lawsRow(): Promise<Row> {
  const { cases, seconds, cpuSeconds } = await measureLaws();
  return {
    what: `laws: ${cases} cases over the sensor's driver`,
    result: `${Math.round(cases / seconds)} cases/s`,
    "CPU s": cpuSeconds.toFixed(1),
    detail: `${seconds.toFixed(1)} s, ${Math.round(cases / cpuSeconds)} cases for each second of CPU`,
  };
}

async function handOverRows(): Promise<Row[]> {
  const cost = await measureHandOver();
  const row = (what: string, us: number, overSocketUs: number): Row => ({
    what,
    result: `${us.toFixed(2)} us`,
    "CPU s": "",
    detail: `over a socket ${overSocketUs.toFixed(1)} us, ${(overSocketUs / us).toFixed(1)} x; an empty call ${cost.floorUs.toFixed(2)} us`,
  });
  return [
    row("an equal value, mapper to twin in process", cost.equalUs, cost.equalOverSocketUs),
    row("a changed value, stored, in process", cost.changedUs, cost.changedOverSocketUs),
  ];
}
