import assert from "node:assert/strict";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import { RealClock } from "@mapperkit/runtime";
import { ovenSim } from "../fixtures/oven.ts";
import { ControlServer } from "./control-server.ts";
import { FaultDesk } from "./fault-desk.ts";

async function served(t: TestContext) {
  const plant = await ovenSim.serve({ over: "tcp", ticks: false, clock: new RealClock() });
  const desk = new FaultDesk(new Map([["default/oven", plant]]));
  const control = new ControlServer(desk, { port: 0, whenPortTaken: "fail" });
  await control.start(new AbortController().signal);
  t.after(async () => {
    await control.stop();
    await plant[Symbol.asyncDispose]();
  });
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${control.url}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  return { plant, ask, control };
}

test("faults are injected, listed and undone", async (t) => {
  const { ask, plant } = await served(t);
  const made = await ask("POST", "/faults", { device: "oven", kind: "exception", code: "4" });
  assert.deepEqual(made.body, {
    ...{ id: 1, device: "default/oven", kind: "exception", code: 4, isThere: true },
  });
  await ask("POST", "/faults", { device: "default/oven", kind: "silent", at: "1h" });
  const { body } = await ask("GET", "/faults");
  assert.deepEqual(
    body.map(({ id, isThere }: { id: number; isThere: boolean }) => [id, isThere]),
    [
      [1, true],
      [2, false],
    ],
  );
  assert.equal((await ask("DELETE", "/faults/1")).status, 204);
  assert.equal((await ask("DELETE", "/faults/1")).status, 404);
  assert.deepEqual(
    plant.faults().map(({ fault }) => fault.kind),
    ["silent"],
  );
});

test("values are shown, and turned by hand", async (t) => {
  const { ask } = await served(t);
  assert.deepEqual((await ask("GET", "/devices")).body, ["default/oven"]);
  assert.equal((await ask("PUT", "/devices/default/oven/setpoint", 77)).status, 204);
  const { body } = await ask("GET", "/devices/default/oven");
  assert.equal(body.setpoint, 77);
  assert.equal(body.cycles, "0");
});

const refused: [method: string, path: string, body: unknown, status: number, said: RegExp][] = [
  ["POST", "/faults", { device: "oven", kind: "tired" }, 400, /kind: is tired, must be one of/],
  ["POST", "/faults", { device: "oven" }, 400, /kind: is missing/],
  [
    "POST",
    "/faults",
    { device: "oven", kind: "silent", for: "soon" },
    400,
    /for: is soon, must be a duration/,
  ],
  ["POST", "/faults", { device: "oven", kind: "drift", property: "x" }, 404, /no property x/],
  ["POST", "/faults", { device: "kiln", kind: "silent" }, 404, /no device kiln .* default\/oven/],
  ["POST", "/faults", { device: "oven", kind: "badCrc" }, 422, /has no badCrc/],
  ["GET", "/somewhere", undefined, 404, /ask for \/devices or \/faults/],
];
for (const [method, path, body, status, said] of refused) {
  test(`${method} ${path} ${JSON.stringify(body)} is answered with ${status}`, async (t) => {
    const { ask } = await served(t);
    const answer = await ask(method, path, body);
    assert.equal(answer.status, status);
    assert.match(answer.body.error, said);
  });
}

test("another Host header than the loopback's is refused", async (t) => {
  const { control } = await served(t);
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  request(`${control.url}/faults`, { headers: { host: "evil.example" } }, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  }).end();
  assert.equal(await promise, 400);
});
