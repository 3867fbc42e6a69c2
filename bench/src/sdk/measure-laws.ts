import { defineModel } from "@mapperkit/api";
import { sensorMapper } from "@mapperkit/mapper-sensor";
import { defineSimulator } from "@mapperkit/sim-plant";
import { laws } from "@mapperkit/testing";

const CASES = 10_000;
const SEED = 11;

const room = defineModel("room", {
  temperature: { type: "float64", visitors: { query: "TEMP?" } },
  setpoint: {
    ...{ type: "int16", accessMode: "ReadWrite", minimum: 5, maximum: 30 },
    visitors: { query: "SETP?", command: "SETP" },
  },
  heating: { type: "boolean", visitors: { query: "HEAT?" } },
  cycles: { type: "int64", visitors: { query: "CYCL?" } },
  label: { type: "string", accessMode: "ReadWrite", visitors: { query: "ID?", command: "ID" } },
});
const sim = defineSimulator(room, {
  state: () => ({ temperature: 20, setpoint: 21, heating: false, cycles: 0n, label: "A" }),
});

export interface MeasuredLaws {
  readonly cases: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Ten thousand cases of the laws over our own driver of lines. @throws Error when a law is broken */
export async function measureLaws(): Promise<MeasuredLaws> {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const { passed, failed } = await laws(sensorMapper, {
    model: room,
    sim,
    cases: CASES,
    seed: SEED,
  });
  const { user, system } = process.cpuUsage(cpu);
  if (failed.length > 0) throw new Error(`a law is broken: ${failed[0]?.reproduce}`);
  const seconds = (performance.now() - begin) / 1000;
  return { cases: passed, seconds, cpuSeconds: (user + system) / 1e6 };
}
