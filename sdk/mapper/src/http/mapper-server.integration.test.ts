import assert from "node:assert/strict";
import { test } from "node:test";
import { RealClock } from "@mapperkit/runtime";
import { defineMapper } from "../definition/define-mapper.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { until } from "../fixtures/until.ts";
import { World } from "../fixtures/world.ts";

const LAMP = "default/lamp";
const realClock = new RealClock();

/** A lamp in memory whose mapper serves HTTP. */
async function createServedLamp() {
  const world = new World();
  const lamp = { power: "OFF", reads: 0, writes: [] as unknown[] };
  const mapper = defineMapper({
    protocol: "line",
    connect: async () => lamp,
    async read(session) {
      session.reads += 1;
      return session.power;
    },
    async write(session, { value }) {
      session.writes.push(value);
      session.power = String(value);
    },
  });
  world.link.announce(announceLamp());
  const { promise, resolve } = Promise.withResolvers<number>();
  await world.startMapper(mapper, {}, { http: { port: 0, onListening: resolve } });
  const base = `http://127.0.0.1:${await promise}`;
  const settle = async () => {
    for (let i = 0; i < 5; i++) await world.clock.advance(10);
  };
  await settle();
  return { world, lamp, base, settle, path: `${base}/v1/devices/${LAMP}/properties/power` };
}

interface Body {
  readonly value: string;
  readonly gatherTimestamp: number;
  readonly desired: { readonly value: string };
  readonly devices: unknown;
  readonly error: string;
}
const bodyOf = async (answer: Response) => (await answer.json()) as Body;
const put = (url: string, body: string, headers = {}) =>
  fetch(url, { method: "PUT", body, headers: { "content-type": "application/json", ...headers } });

test("a value is shown with its quality, and looking neither reads nor writes the device", async () => {
  const { world, lamp, path, base } = await createServedLamp();
  await using _ = world;
  const { reads } = lamp;
  const shown = await bodyOf(await fetch(path));
  assert.deepEqual(shown, {
    device: LAMP,
    property: "power",
    value: "OFF",
    quality: "Good",
    reason: "ok",
    gatherTimestamp: shown.gatherTimestamp,
  });
  const { devices } = await bodyOf(await fetch(`${base}/v1/devices`));
  assert.deepEqual(devices, [{ device: LAMP, state: "online", properties: ["power"] }]);
  for (const path of ["/nothing", "/v1/devices/default/lamp/properties/none", "/v1/devices/%"]) {
    assert.ok([400, 404].includes((await fetch(base + path)).status), path);
  }
  assert.deepEqual([lamp.reads, lamp.writes], [reads, []]);
});

test("a desired value goes by the twin, and is written once", async () => {
  const { world, lamp, path, settle } = await createServedLamp();
  await using _ = world;
  const answer = await put(`${path}/desired`, '{"value":"ON"}');
  assert.equal(answer.status, 202);
  assert.equal(world.link.twin(LAMP, "power")?.expected?.value, "ON");
  await settle();
  assert.deepEqual(lamp.writes, ["ON"]);
  const { desired, value } = await bodyOf(await fetch(path));
  assert.deepEqual([desired.value, value], ["ON", "ON"]);
});

const refusals = [
  { what: "no JSON", body: "ON", status: 400 },
  { what: "no value", body: '{"desired":"ON"}', status: 400 },
  {
    what: "another's web page",
    body: '{"value":"ON"}',
    headers: { origin: "http://evil" },
    status: 403,
  },
  { what: "a body without end", body: `{"value":"${"x".repeat(200_000)}"}`, status: 400 },
];
for (const { what, body, headers, status } of refusals) {
  test(`${what} is refused with ${status}`, async () => {
    const { world, lamp, path, settle } = await createServedLamp();
    await using _ = world;
    const answer = await put(`${path}/desired`, body, headers);
    assert.equal(answer.status, status);
    assert.ok((await bodyOf(answer)).error);
    await settle();
    assert.deepEqual(lamp.writes, []);
  });
}

test("no other method writes, and GET of desired does not exist", async () => {
  const { world, lamp, path } = await createServedLamp();
  await using _ = world;
  for (const method of ["GET", "POST", "DELETE"]) {
    assert.equal((await fetch(`${path}/desired`, { method })).status, 405, method);
  }
  assert.equal((await fetch(path, { method: "PUT", body: '{"value":"ON"}' })).status, 405);
  assert.deepEqual(lamp.writes, []);
});

test("an edge that is away is said, and not ready", async () => {
  const { world, path, base } = await createServedLamp();
  await using _ = world;
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  world.link.setUp(false);
  assert.equal((await fetch(`${base}/readyz`)).status, 503);
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  const answer = await put(`${path}/desired`, '{"value":"ON"}');
  assert.equal(answer.status, 503);
});

test("who watches is told the present value and each change", async () => {
  const { world, lamp, path, settle } = await createServedLamp();
  await using _ = world;
  const leave = new AbortController();
  const answer = await fetch(`${path}/watch`, { signal: leave.signal });
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  const values: string[] = [];
  const listening = (async () => {
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      for (const [, json] of chunk.matchAll(/^data: (.*)$/gm)) {
        values.push(JSON.parse(json ?? "").value);
      }
    }
  })().catch(() => undefined);
  await until(realClock, "the present value", () => values.length === 1);
  lamp.power = "ON";
  await world.clock.advance(1000);
  await settle();
  await until(realClock, "the change", () => values.length === 2);
  await world.clock.advance(3000);
  assert.deepEqual(values, ["OFF", "ON"]);
  leave.abort();
  await listening;
});

test("measures are there by their names", async () => {
  const { world, base, settle, path } = await createServedLamp();
  await using _ = world;
  await put(`${path}/desired`, '{"value":"ON"}');
  await settle();
  await world.clock.advance(2000);
  const text = await (await fetch(`${base}/metrics`)).text();
  for (const line of [
    /mapper_reads_total\{device="default\/lamp",unit="default\/lamp",result="good"\} \d/,
    /mapper_read_seconds_count\{device="default\/lamp"\} \d/,
    /mapper_bus_utilisation\{bus="default\/lamp"\} /,
    /mapper_sample_age_seconds\{device="default\/lamp"\} \d/,
    /mapper_write_phase_total\{phase="Applied"\} 1/,
    /mapper_reconnects_total\{bus="default\/lamp"\} 0/,
    /mapper_buffer_depth 0/,
  ]) {
    assert.match(text, line);
  }
});

test("a port that is taken is said by its number", async () => {
  const { world, base } = await createServedLamp();
  await using _ = world;
  const port = Number(new URL(base).port);
  const other = defineMapper({ protocol: "line", connect: async () => 1, read: async () => "1" });
  const { signal } = new AbortController();
  const again = other.run({ link: new World().link, signal, http: { port } });
  await assert.rejects(again, { code: "invalid_input", message: new RegExp(`${port}`) });
});
