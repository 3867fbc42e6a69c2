import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { createRandom, MemoryLog, RealClock, VirtualClock } from "@mapperkit/runtime";
import { type Counter, type CounterConfig, counterConfig, createCounter } from "./index.ts";

const never = new AbortController().signal;

async function running(t: TestContext, config: Partial<CounterConfig> = {}) {
  const surroundings = {
    clock: new VirtualClock(1_700_000_000_000),
    random: createRandom(1),
    log: new MemoryLog(),
  };
  const counter = createCounter(counterConfig.parse({ port: 0, ...config }), surroundings);
  t.after(() => counter.stop());
  await counter.start(never);
  return { counter, ...surroundings };
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "counter-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function ask(counter: Counter, ...lines: string[]): Promise<string[]> {
  const socket = connect({ host: "127.0.0.1", port: counter.port });
  socket.end(lines.map((line) => `${line}\n`).join(""));
  const replies: string[] = [];
  for await (const line of createInterface({ input: socket })) replies.push(line);
  return replies;
}

test("the defaults are those that are written down", () => {
  assert.deepEqual(counterConfig.parse({}), {
    host: "127.0.0.1",
    port: 9500,
    whenPortTaken: "fail",
  });
});

test("is turned on, counts and is turned off over its socket", async (t) => {
  const { counter, clock } = await running(t);
  assert.deepEqual(await ask(counter, "STATE?", "VALUE?", "ON"), ["OFF", "0", "OK"]);
  await clock.advance(3500);
  assert.deepEqual(await ask(counter, "VALUE?", "OFF"), ["3", "OK"]);
  await clock.advance(3500);
  assert.deepEqual(await ask(counter, "VALUE?", "STATE?"), ["3", "OFF"]);
});

test("counts in real time as well", async (t) => {
  const clock = new RealClock();
  const counter = createCounter(counterConfig.parse({ port: 0 }), {
    clock,
    random: createRandom(1),
    log: new MemoryLog(),
  });
  t.after(() => counter.stop());
  await counter.start(never);
  await ask(counter, "PERIOD 10", "ON");
  const before = clock.now();
  while (counter.value < 3 && clock.now() - before < 5000) await clock.sleep(5);
  assert.ok(counter.value >= 3, "no count in five seconds");
});

test("socket and front panel show the same", async (t) => {
  const { counter, clock } = await running(t);
  counter.turn(true);
  counter.setPeriod(10);
  assert.deepEqual(await ask(counter, "STATE?", "PERIOD?"), ["ON", "10"]);
  await clock.advance(100);
  assert.equal(counter.value, 10);
  await ask(counter, "RESET", "OFF");
  assert.equal(counter.isOn, false);
  assert.equal(counter.value, 0);
});

test("keeps state, period and count over a clean stop, in a folder that it makes", async (t) => {
  const stateFile = join(folderOf(t), "deep", "counter.json");
  const first = await running(t, { stateFile });
  await ask(first.counter, "PERIOD 500", "ON");
  await first.clock.advance(5000);
  await first.counter.stop();

  const second = await running(t, { stateFile });
  assert.deepEqual(await ask(second.counter, "STATE?", "PERIOD?", "VALUE?"), ["ON", "500", "10"]);
  await second.clock.advance(1000);
  assert.equal(second.counter.value, 12);
  assert.deepEqual(readdirSync(join(stateFile, "..")), ["counter.json"]);
});

test("keeps state and period when it is killed after its reply, and loses few counts", async (t) => {
  const stateFile = join(folderOf(t), "counter.json");
  const { counter, clock } = await running(t, { stateFile });
  await ask(counter, "PERIOD 100", "ON");
  assert.deepEqual(JSON.parse(readFileSync(stateFile, "utf8")), {
    on: true,
    periodMs: 100,
    value: 0,
  });
  await clock.advance(60_000);
  const { value } = JSON.parse(readFileSync(stateFile, "utf8")) as { value: number };
  assert.ok(value >= 550 && value <= 600, `${value} of 600 counts kept`);
});

for (const damaged of ["", "{", "null", '{"on":"yes"}', '{"on":true,"periodMs":0,"value":-1}']) {
  test(`a damaged state file (${damaged || "empty"}) is a warning and a fresh start`, async (t) => {
    const stateFile = join(folderOf(t), "counter.json");
    writeFileSync(stateFile, damaged);
    const { counter, log } = await running(t, { stateFile });
    assert.deepEqual(await ask(counter, "STATE?", "PERIOD?", "VALUE?"), ["OFF", "1000", "0"]);
    assert.equal(log.entries[0]?.level, "warn");
    assert.equal(log.entries[0]?.fields.file, stateFile);
    JSON.parse(readFileSync(stateFile, "utf8"));
  });
}

test("a state file that cannot be read or written is bad input, and the port is free again", async (t) => {
  const folder = folderOf(t);
  const { counter } = await running(t);
  const { port } = counter;
  await counter.stop();
  await assert.rejects(running(t, { stateFile: folder, port }), {
    code: "invalid_input",
    message: /^stateFile .* cannot be read/,
  });
  writeFileSync(join(folder, "file"), "");
  await assert.rejects(running(t, { stateFile: join(folder, "file", "counter.json"), port }), {
    code: "invalid_input",
    message: /^stateFile .* cannot be (read|written)/,
  });
  await running(t, { port });
});

test("a memory that fails later is told once, and the counter counts on", async (t) => {
  const folder = folderOf(t);
  const { counter, clock, log } = await running(t, {
    stateFile: join(folder, "state", "counter.json"),
  });
  rmSync(folder, { recursive: true });
  assert.deepEqual(await ask(counter, "ON", "PERIOD 10"), ["OK", "OK"]);
  await clock.advance(20_000);
  assert.equal(counter.value, 2000);
  assert.deepEqual(
    log.entries.map(({ message }) => message),
    ["state file not written"],
  );
});

test("a counter that finds its port taken leaves the other's state alone", async (t) => {
  const stateFile = join(folderOf(t), "counter.json");
  const { counter } = await running(t, { stateFile });
  writeFileSync(stateFile, "untouched");
  await assert.rejects(running(t, { stateFile, port: counter.port }), { code: "invalid_input" });
  assert.equal(readFileSync(stateFile, "utf8"), "untouched");
});

test("a thousand counters live in one process, each with a life of its own", async (t) => {
  const surroundings = {
    clock: new VirtualClock(),
    random: createRandom(1),
    log: new MemoryLog(),
  };
  const counters = Array.from({ length: 1000 }, () =>
    createCounter(counterConfig.parse({ port: 0 }), surroundings),
  );
  t.after(() => Promise.all(counters.map((counter) => counter.stop())));
  await Promise.all(counters.map((counter) => counter.start(never)));
  assert.equal(new Set(counters.map(({ port }) => port)).size, 1000);
  counters.forEach((counter, index) => {
    counter.turn(index % 2 === 0);
  });
  await surroundings.clock.advance(10_000);
  const [first, second] = counters as [Counter, Counter];
  assert.deepEqual(await ask(first, "VALUE?"), ["10"]);
  assert.deepEqual(await ask(second, "VALUE?"), ["0"]);
});
