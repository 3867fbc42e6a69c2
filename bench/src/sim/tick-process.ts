/**
 * Lets many devices tick once a second and prints, as JSON, what that cost:
 * `tick-process.ts wheel|timeouts|plants COUNT SECONDS`.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineModel } from "@mapperkit/api";
import { createRandom, RealClock } from "@mapperkit/runtime";
import {
  lineWire,
  PlantBus,
  plausibleSimulator,
  simPropertiesOf,
  TickWheel,
} from "@mapperkit/sim-plant";
import { percentile } from "../report/percentile.ts";

const PERIOD_MS = 1000;
const SLOTS = 100;
const [way = "wheel", countText = "1000", secondsText = "5"] = process.argv.slice(2);
const count = Number(countText);
const seconds = Number(secondsText);

const values = new Float64Array(count);
const lateness: number[] = [];
let ticks = 0;
let isMeasured = false;

/** What is kept, not what making it left behind. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The least that a device does: one value moves a little. */
function move(device: number, lateMs: number): void {
  values[device] = (values[device] ?? 0) * 0.99 + device / count;
  if (!isMeasured) return;
  ticks += 1;
  // One in a hundred is enough to know them.
  if (ticks % 100 === 0) lateness.push(lateMs);
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const startedBytes = heldBytes();
const clock = new RealClock();

const ways: Readonly<Record<string, () => Promise<void>>> = {
  async wheel() {
    const wheel = new TickWheel(clock);
    for (let i = 0; i < count; i += 1) {
      const phaseMs = ((i % SLOTS) * PERIOD_MS) / SLOTS;
      wheel.add(PERIOD_MS, () => move(i, (Date.now() - phaseMs) % PERIOD_MS));
    }
  },
  async timeouts() {
    const arm = (i: number, dueMs: number) => {
      setTimeout(() => {
        move(i, Date.now() - dueMs);
        arm(i, dueMs + PERIOD_MS);
      }, dueMs - Date.now());
    };
    const begin = Date.now() + PERIOD_MS;
    for (let i = 0; i < count; i += 1) arm(i, begin + ((i % SLOTS) * PERIOD_MS) / SLOTS);
  },
  async plants() {
    const model = defineModel("meter", {
      power: { type: "float32", unit: "W" },
      energy: { type: "float64", unit: "kW.h" },
    });
    const simulator = plausibleSimulator(model);
    const wheel = new TickWheel(clock);
    const wire = lineWire({ properties: simPropertiesOf(model) });
    const log = { child: () => log } as never;
    const bus = new PlantBus({ wire, clock, random: createRandom(0), log });
    for (let unit = 0; unit < count; unit += 1) {
      await simulator.serve({ over: bus, unit, seed: unit, clock, wheel, log });
    }
  },
};

await ways[way]?.();
const bytes = heldBytes() - startedBytes;
await clock.sleep(2 * PERIOD_MS);
isMeasured = true;
const cpu = process.cpuUsage();
const begin = performance.now();
await clock.sleep(seconds * 1000);
const { user, system } = process.cpuUsage(cpu);
const wallMs = performance.now() - begin;
process.stdout.write(
  JSON.stringify({
    core: (user + system) / 1000 / wallMs,
    rate: ticks / (wallMs / 1000) / count,
    lateP50: lateness.length > 0 ? percentile(lateness, 50) : 0,
    lateP99: lateness.length > 0 ? percentile(lateness, 99) : 0,
    bytesEach: bytes / count,
  }),
);
process.exit(0);
