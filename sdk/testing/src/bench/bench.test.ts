import assert from "node:assert/strict";
import { test } from "node:test";
import { lineMapper, oven, ovenSim } from "../fixtures/oven.ts";
import { bench } from "./bench.ts";

const parts = { model: oven, mapper: lineMapper, sim: ovenSim };

test("a write ends with its outcome, a read with a sample gathered after it", async () => {
  await using b = await bench({ ...parts, seed: 7, ticks: false });
  const { phase } = await b.device.write("setpoint", 70);
  assert.equal(phase, "Applied");
  assert.equal(b.plant.get("setpoint"), 70);
  b.plant.set("temperature", 31.25);
  const { value, quality } = await b.device.read("temperature");
  assert.deepEqual([value, quality], [31.25, "Good"]);
  assert.equal((await b.device.read("cycles")).value, 0n);
  assert.equal(b.device.state, "online");
});

test("setpoint survives a silent device", async () => {
  await using b = await bench({ ...parts, seed: 7 });
  const undo = b.plant.inject({ kind: "silent" });
  const edit = b.device.write("setpoint", 70);
  await b.clock.advance("10s");
  undo();
  const r = await b.clock.runUntil(edit, "2m");
  assert.equal(r.phase, "Applied");
  assert.equal(b.plant.get("setpoint"), 70);
});

test("what the device or the model refuses is Rejected, in words", async () => {
  await using b = await bench({ ...parts });
  const tooHot = await b.device.desire("setpoint", "91");
  assert.deepEqual([tooHot.phase, tooHot.reason], ["Rejected", "OutOfRange"]);
  b.plant.inject({ kind: "exception", code: 9 });
  const refused = await b.device.write("door", true);
  assert.deepEqual([refused.phase, refused.message], ["Rejected", "ERR exception 9"]);
});

test("equal seeds give equal transcripts, to the byte; other seeds other ones", async () => {
  const hash = async (seed: number) => {
    await using b = await bench({ ...parts, seed });
    b.plant.inject({ kind: "latency", ms: 40, jitter: 15 });
    await b.device.write("setpoint", 80);
    await b.clock.advance("1m");
    return b.transcriptHash();
  };
  const [first, again, other] = [await hash(1), await hash(1), await hash(2)];
  assert.equal(first, again);
  assert.notEqual(first, other);
});

test("frames are waited for, or shown to be absent", async () => {
  await using b = await bench({ ...parts });
  await b.expectFrame("temperature?");
  await b.expectFrame(/^setpoint 7/, { within: "5s", not: true });
  const seen = b.expectFrame("setpoint 71\n");
  const edit = b.device.write("setpoint", 71);
  await seen;
  await edit;
  await assert.rejects(b.expectFrame("nonsense", { within: "1s" }), {
    code: "timed_out",
    message: /nonsense[\s\S]*-> "temperature\?\\n"/,
  });
  await assert.rejects(b.expectFrame("setpoint?", { not: true }), { code: "conflict" });
});

test("what is watched comes as it changes", async () => {
  await using b = await bench({ ...parts, ticks: false });
  const stop = new AbortController();
  const seen: unknown[] = [];
  const watching = (async () => {
    for await (const { value } of b.device.watch("label", stop.signal)) {
      if (seen.at(-1) !== value) seen.push(value);
    }
  })();
  for (const label of ["left", "right"]) {
    b.plant.set("label", label);
    await b.clock.advance("2s");
  }
  stop.abort();
  await watching;
  assert.deepEqual(seen, ["", "left", "right"]);
});

test("a bad value has its reason, and a read of a silent device says in vain for what it waited", async () => {
  await using b = await bench({ ...parts, ticks: false });
  await b.device.read("temperature");
  b.plant.inject({ kind: "quality", property: "temperature", quality: "Bad" });
  const { quality, reason, value } = await b.device.read("temperature");
  assert.deepEqual([quality, reason, value], ["Bad", "sensorFault", 20]);
  await assert.rejects(b.device.read("nothing" as "label"), { code: "not_found" });
  b.plant.inject({ kind: "silent" });
  await b.clock.advance("30s");
  await assert.rejects(b.device.read("temperature", { within: "5s" }), {
    code: "timed_out",
    message: "waited 5s in vain: a new sample of temperature",
  });
});

test("a mapper that starts again writes nothing anew", async () => {
  await using b = await bench({ ...parts });
  await b.device.write("setpoint", 75);
  await b.restartMapper();
  await b.expectFrame(/^setpoint \d/, { within: "30s", not: true });
  assert.equal(b.plant.writes.length, 1);
});

test("the compiler knows names, directions and types", async () => {
  await using b = await bench({ ...parts });
  const use = async () => {
    // @ts-expect-error there is no such property
    await b.device.read("colour");
    // @ts-expect-error the temperature is the device's own
    await b.device.write("temperature", 1);
    // @ts-expect-error a setpoint is a number
    await b.device.write("setpoint", "70");
    (await b.device.read("cycles")).value satisfies bigint | undefined;
  };
  assert.ok(use);
});
