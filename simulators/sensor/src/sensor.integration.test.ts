import assert from "node:assert/strict";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { createRandom, MemoryLog, VirtualClock } from "@mapperkit/runtime";
import { createSensor, type SensorConfig, sensorConfig } from "./index.ts";

const never = new AbortController().signal;

async function running(t: TestContext, config: Partial<SensorConfig> = {}) {
  const clock = new VirtualClock(1_700_000_000_000);
  const sensor = createSensor(sensorConfig.parse({ port: 0, ...config }), {
    clock,
    random: createRandom("house"),
    log: new MemoryLog(),
  });
  t.after(() => sensor.stop());
  await sensor.start(never);
  return { sensor, clock };
}

async function ask(port: number, ...lines: string[]): Promise<string[]> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.end(lines.map((line) => `${line}\n`).join(""));
  const replies: string[] = [];
  for await (const line of createInterface({ input: socket })) replies.push(line);
  return replies;
}

test("the defaults are those that are written down", () => {
  assert.deepEqual(sensorConfig.parse({}), {
    host: "127.0.0.1",
    port: 9600,
    whenPortTaken: "fail",
  });
});

test("tells temperature with two decimals, humidity with one, its interval and its name", async (t) => {
  const { sensor } = await running(t, { id: "attic-1" });
  const [temperature, humidity, interval, id] = await ask(
    sensor.port,
    ...["TEMPERATURE?", "HUMIDITY?", "INTERVAL?", "ID?"],
  );
  assert.match(temperature ?? "", /^-?\d+\.\d\d$/);
  assert.match(humidity ?? "", /^\d+\.\d$/);
  assert.deepEqual([interval, id], ["1000", "attic-1"]);
});

test("measures once per interval, and the interval can be set", async (t) => {
  const { sensor, clock } = await running(t);
  assert.deepEqual(await ask(sensor.port, "INTERVAL 500", "INTERVAL?"), ["OK", "500"]);
  const first = sensor.temperatureCel;
  await clock.advance(499);
  assert.equal(sensor.temperatureCel, first);
  await clock.advance(1);
  assert.notEqual(sensor.temperatureCel, first);
});

test("wrong lines are answered with what is expected", async (t) => {
  const { sensor } = await running(t);
  const replies = await ask(sensor.port, "", "temperature?", "INTERVAL 9", "INTERVAL x", "TEMP 5");
  assert.equal(replies.length, 5);
  for (const reply of replies) assert.match(reply, /^ERR (unknown command|interval must be)/);
  assert.equal(sensor.intervalMs, 1000);
});

test("the same seed and the same questions give the same readings; another name, others", async (t) => {
  const read = async (config: Partial<SensorConfig>) => {
    const { sensor, clock } = await running(t, config);
    const readings: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      await clock.advance(1000);
      readings.push(sensor.temperatureCel, sensor.humidityPercent);
    }
    return readings;
  };
  assert.deepEqual(await read({}), await read({}));
  assert.notDeepEqual(await read({}), await read({ id: "other" }));
});

test("a taken port is bad input", async (t) => {
  const { sensor } = await running(t);
  await assert.rejects(running(t, { port: sensor.port }), { code: "invalid_input" });
});
