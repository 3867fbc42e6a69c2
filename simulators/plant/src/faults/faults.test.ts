import assert from "node:assert/strict";
import { test } from "node:test";
import { serveOven } from "../fixtures/oven.ts";
import type { SimFault } from "./sim-fault.ts";

const seen: readonly { fault: SimFault; line?: string; ms?: number; pieces: readonly string[] }[] =
  [
    { fault: { kind: "silent" }, ms: 5000, pieces: [] },
    { fault: { kind: "drop" }, pieces: [] },
    { fault: { kind: "latency", ms: 40 }, ms: 39, pieces: [] },
    { fault: { kind: "latency", ms: 40 }, ms: 40, pieces: ["60\n"] },
    { fault: { kind: "split", bytes: 2 }, ms: 9, pieces: ["60", "\n"] },
    { fault: { kind: "truncate" }, pieces: ["6"] },
    { fault: { kind: "busy" }, pieces: ["ERR busy\n"] },
    { fault: { kind: "busy" }, line: "setpoint 70", pieces: ["ERR busy\n"] },
    { fault: { kind: "exception", code: 4 }, pieces: ["ERR exception 4\n"] },
    { fault: { kind: "spike", property: "setpoint", by: 7, p: 1 }, pieces: ["67\n"] },
    { fault: { kind: "spike", property: "temperature", by: 7, p: 1 }, pieces: ["60\n"] },
    {
      fault: { kind: "quality", property: "setpoint", quality: "Bad" },
      pieces: ["ERR sensor fault\n"],
    },
    { fault: { kind: "silent", p: 0 }, pieces: ["60\n"] },
  ];
for (const { fault, line = "setpoint?", ms = 0, pieces } of seen) {
  test(`${JSON.stringify(fault)}: "${line}" brings ${JSON.stringify(pieces)} in ${ms} ms`, async () => {
    const { plant, client, clock, ask } = await serveOven();
    const undo = plant.inject(fault);
    await ask(line, ms);
    assert.deepEqual(client.pieces, pieces);
    assert.equal(client.isClosed, fault.kind === "drop");
    undo();
    undo();
    await clock.advance(100);
    if (fault.kind !== "drop") assert.equal(await ask("setpoint?"), "60");
    await plant[Symbol.asyncDispose]();
  });
}

test("stuck shows the value of its beginning, drift moves away with time", async () => {
  const { plant, clock, ask } = await serveOven();
  const undo = plant.inject({ kind: "stuck", property: "setpoint" });
  plant.set("setpoint", 80);
  assert.equal(await ask("setpoint?"), "60");
  undo();
  assert.equal(await ask("setpoint?"), "80");
  plant.inject({ kind: "drift", property: "setpoint", by: 2, for: "5s" });
  await clock.advance(3000);
  assert.equal(await ask("setpoint?"), "86");
  await clock.advance(2000);
  assert.equal(await ask("setpoint?"), "80");
});

test("a fault comes at its time and goes at its time", async () => {
  const { plant, clock, ask } = await serveOven();
  plant.inject({ kind: "busy", at: "10s", for: "5s" });
  assert.equal(await ask("setpoint?", 9999), "60");
  assert.equal(await ask("setpoint?", 1), "60");
  assert.equal(await ask("setpoint?", 4999), "ERR busy");
  await clock.advance(1);
  assert.equal(await ask("setpoint?"), "60");
});

test("a restart drops clients, forgets what was set, and lets nobody in for a while", async () => {
  const { plant, clock, client, ask, dial } = await serveOven();
  await ask("setpoint 70");
  plant.inject({ kind: "restart" });
  await clock.advance(10);
  assert.ok(client.isClosed);
  assert.equal(plant.get("setpoint"), 60);
  const early = await dial();
  await clock.advance(10);
  assert.ok(early.isClosed);
  await clock.advance(1000);
  const late = await dial();
  await late.send("setpoint?");
  await clock.advance(0);
  assert.equal(late.text, "60\n");
});

test("a late answer keeps its place in the order of a connection", async () => {
  const { plant, clock, client } = await serveOven();
  const undo = plant.inject({ kind: "latency", ms: 500 });
  await client.send("setpoint?");
  await clock.advance(10);
  undo();
  await client.send("door?");
  await clock.advance(1000);
  assert.equal(client.text, "60\nfalse\n");
});

const wrong: readonly (readonly [Partial<SimFault>, RegExp])[] = [
  [{ p: 2 }, /p is 2, must be 0 to 1/],
  [{ at: "soon" }, /at is/],
  [{ for: "5" }, /for is/],
];
for (const [part, message] of wrong) {
  test(`${JSON.stringify(part)} is refused by its name`, async () => {
    const { plant } = await serveOven();
    const fault = { kind: "silent", ...part } as SimFault;
    assert.throws(() => plant.inject(fault), { code: "invalid_input", message });
  });
}

test("a fault that the protocol cannot have is refused", async () => {
  const { plant } = await serveOven();
  assert.throws(() => plant.inject({ kind: "badCrc" }), { code: "unsupported" });
});
