import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";

interface Measured {
  /** Part of a core. */
  readonly core: number;
  /** Ticks of those that were due. */
  readonly rate: number;
  readonly lateP50: number;
  readonly lateP99: number;
  readonly bytesEach: number;
}

const ROUNDS = 3;
const SECONDS = 6;
const SUBJECTS: readonly [way: string, count: number, what: string][] = [
  ["timeouts", 100_000, "one setTimeout each, 100,000"],
  ["wheel", 100_000, "the wheel, 100,000"],
  ["timeouts", 500_000, "one setTimeout each, 500,000"],
  ["wheel", 500_000, "the wheel, 500,000"],
  ["plants", 100_000, "plants from a model, 100,000"],
];
const program = resolve(import.meta.dirname, "tick-process.ts");

/** Very many virtual devices at 1 Hz: CPU and lateness beside one setTimeout each, in turn. */
export async function benchSim(): Promise<void> {
  const measured = new Map<string, Measured[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, count, what] of SUBJECTS) {
      measured.set(what, [...(measured.get(what) ?? []), await run(way, count)]);
    }
  }
  const rows = SUBJECTS.map(([way, count, what]) => {
    const base = SUBJECTS.find(([w, c]) => w === "timeouts" && c === count)?.[2] ?? what;
    return rowOf(what, medianOf(measured.get(what)), medianOf(measured.get(base)), way);
  });
  writeReport("sim", rows);
}

async function run(way: string, count: number): Promise<Measured> {
  const args = ["-C", "source", program, way, `${count}`, `${SECONDS}`];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measured;
}

function medianOf(rounds: readonly Measured[] = []): Measured {
  const median = (key: keyof Measured) =>
    percentile(
      rounds.map((one) => one[key]),
      50,
    );
  return {
    core: median("core"),
    rate: median("rate"),
    lateP50: median("lateP50"),
    lateP99: median("lateP99"),
    bytesEach: median("bytesEach"),
  };
}

function rowOf(what: string, own: Measured, base: Measured, way: string): Row {
  const isTimed = way !== "plants";
  return {
    what,
    "% of a core": (own.core * 100).toFixed(1),
    "÷ setTimeout": (own.core / base.core).toFixed(2),
    "ticks ÷ due": isTimed ? own.rate.toFixed(3) : "–",
    "late p50 ms": isTimed ? own.lateP50.toFixed(0) : "–",
    "late p99 ms": isTimed ? own.lateP99.toFixed(0) : "–",
    "bytes each": own.bytesEach.toFixed(0),
  };
}
