import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import fc from "fast-check";
import { connectAsync, type MqttClient } from "mqtt";
import { EdgeDatabase } from "./database/edge-database.ts";
import { SqliteTwinStore } from "./devicetwin/store/sqlite-twin-store.ts";
import { createEdgeCore, type EdgeCore } from "./edge-core.ts";
import { edgeCoreConfig } from "./edge-core-config.ts";

const DEVICE = "$hw/events/device";
const LAMP = `${DEVICE}/default/lamp`;
const TURN_MS = 5_000;

async function startEdge(t: TestContext): Promise<EdgeCore> {
  const dataDir = await mkdtemp(join(tmpdir(), "edge-bad-input-"));
  t.after(() => rm(dataDir, { recursive: true }));
  const clock = new RealClock();
  const database = new EdgeDatabase({ folder: dataDir, clock, log: silentLog });
  await database.start(t.signal);
  const record = { name: "lamp", description: "", state: "", lastOnline: "" };
  await new SqliteTwinStore(database).commit([
    { kind: "device", record: { id: "default/lamp", ...record } },
  ]);
  await database.stop();
  const config = edgeCoreConfig.parse({
    node: "edge-1",
    dataDir,
    cloud: { url: "ws://127.0.0.1:1" },
    mqtt: { port: 0 },
  });
  const edge = createEdgeCore(config, { clock, random: createRandom(1), log: silentLog });
  t.after(() => edge.stop());
  await edge.start(t.signal);
  return edge;
}

/** Listens to all that the edge says, and sends what nobody should. */
class Foe {
  readonly #t: TestContext;
  readonly #url: string;
  readonly heard = new Map<string, string[]>();
  #sender: MqttClient | undefined;
  #good = 0;
  #friend: MqttClient | undefined;

  constructor(t: TestContext, edge: EdgeCore) {
    this.#t = t;
    this.#url = `mqtt://127.0.0.1:${edge.mqttPort}`;
  }

  async listen(): Promise<void> {
    const friend = await this.#connect();
    friend.on("message", (topic, body) => {
      const said = this.heard.get(topic) ?? [];
      this.heard.set(topic, said);
      said.push(String(body));
    });
    await friend.subscribeAsync([`${DEVICE}/#`, "$hw/events/node/#"], { qos: 1 });
    this.#friend = friend;
  }

  /** `acknowledged`, or `cut` when the broker ended the connection. */
  async send(topic: string, body: Buffer): Promise<"acknowledged" | "cut"> {
    if (!this.#sender?.connected) this.#sender = await this.#connect();
    const sender = this.#sender;
    const outcome = Promise.withResolvers<"acknowledged" | "cut">();
    const onClose = () => outcome.resolve("cut");
    sender.once("close", onClose);
    sender.publish(topic, body, { qos: 1 }, (error) => {
      if (!error) outcome.resolve("acknowledged");
    });
    const timer = setTimeout(
      () => outcome.reject(new Error(`neither acknowledged nor cut: ${topic}`)),
      TURN_MS,
    );
    try {
      return await outcome.promise;
    } finally {
      clearTimeout(timer);
      sender.off("close", onClose);
    }
  }

  /** The next good message of somebody else works, and is answered. */
  async assertAlive(): Promise<void> {
    const value = String(++this.#good);
    const body = { event_id: `good-${value}`, timestamp: 1, twin: { good: { actual: { value } } } };
    await this.#friend?.publishAsync(`${LAMP}/twin/update`, JSON.stringify(body), { qos: 1 });
    await this.answer(`${LAMP}/twin/update/result`, (text) => text.includes(`"good-${value}"`));
  }

  async answer(topic: string, isIt: (text: string) => boolean = () => true): Promise<string> {
    const limit = Date.now() + TURN_MS;
    for (;;) {
      const found = this.heard.get(topic)?.find(isIt);
      if (found !== undefined) return found;
      assert.ok(Date.now() < limit, `waited ${TURN_MS} ms for an answer on ${topic}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async #connect(): Promise<MqttClient> {
    const client = await connectAsync(this.#url, { reconnectPeriod: 0 });
    client.on("error", () => {});
    this.#t.after(() => client.endAsync(true));
    return client;
  }
}

const good = '{"event_id":"x","timestamp":1,"twin":{"p":{"actual":{"value":"é"}}}}';
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

const refusedBodies: Record<string, { body: string | Buffer; code: number }> = {
  nothing: { body: "", code: 400 },
  "half a message": { body: good.slice(0, 40), code: 400 },
  binary: { body: Buffer.from([0, 1, 2, 0xff, 0xfe, 0x80]), code: 400 },
  "a value that is no UTF-8": {
    body: Buffer.from(good.replace("é", "e")).fill(0xe9, good.indexOf("é"), good.indexOf("é") + 1),
    code: 400,
  },
  "a list": { body: "[]", code: 400 },
  null: { body: "null", code: 400 },
  "a number": { body: "7", code: 400 },
  "an event id that is a number": { body: '{"event_id":7,"twin":{},"state":"ok"}', code: 400 },
  "a timestamp that is text": { body: '{"timestamp":"now","twin":{},"state":"ok"}', code: 400 },
  "deep nesting that never ends": { body: '{"twin":'.repeat(100_000), code: 400 },
};
const updateBodies: Record<string, { body: string; code: number }> = {
  "a type that is nested": {
    body: `{"twin":{"p":{"metadata":{"type":${nested(100_000)}}}}}`,
    code: 400,
  },
  "a value that is nested": {
    body: `{"twin":{"p":{"actual":{"value":${nested(50_000)}}}}}`,
    code: 400,
  },
  "a value that is a number": { body: '{"twin":{"p":{"actual":{"value":7}}}}', code: 400 },
  "a twin that is a list": { body: '{"twin":[1,2]}', code: 400 },
  "no twin": { body: '{"event_id":"e"}', code: 400 },
  "a null twin": { body: '{"twin":null}', code: 400 },
  "a side without a value": { body: '{"twin":{"p":{"actual":{}}}}', code: 400 },
  "a null side": { body: '{"twin":{"p":{"expected":null}}}', code: 400 },
  "a property of another world": { body: '{"twin":{"a b":{"actual":{"value":"1"}}}}', code: 400 },
  "a property called __proto__": {
    body: '{"twin":{"__proto__":{"actual":{"value":"1"}}}}',
    code: 400,
  },
  "a value that is too long": {
    body: `{"twin":{"p":{"actual":{"value":"${"v".repeat(70_000)}"}}}}`,
    code: 413,
  },
  "atomic that is text": { body: '{"atomic":"yes","twin":{}}', code: 400 },
};
const actions = ["twin/update", "twin/get", "state/update", "state/get"];

test("bad bodies on every topic, in both forms: each is answered, and all goes on", async (t) => {
  const foe = new Foe(t, await startEdge(t));
  await foe.listen();
  const asked: [string, string, string | Buffer, number][] = [];
  for (const base of [LAMP, `${DEVICE}/lamp`]) {
    for (const action of actions) {
      for (const [title, { body, code }] of Object.entries(refusedBodies)) {
        asked.push([title, `${base}/${action}`, body, code]);
      }
    }
    for (const [title, { body, code }] of Object.entries(updateBodies)) {
      asked.push([title, `${base}/twin/update`, body, code]);
    }
  }
  for (const [title, { body, code }] of Object.entries(refusedBodies)) {
    asked.push([title, "$hw/events/node/edge-1/membership/get", body, code]);
  }
  for (const [title, topic, body, code] of asked) {
    foe.heard.delete(`${topic}/result`);
    assert.equal(await foe.send(topic, Buffer.from(body)), "acknowledged", `${topic}: ${title}`);
    const result = JSON.parse(await foe.answer(`${topic}/result`));
    assert.equal(result.code, code, `${topic}: ${title}: ${JSON.stringify(result).slice(0, 200)}`);
    assert.ok(result.reason.length > 0 && result.reason.length < 1_000, `${topic}: ${title}`);
    await foe.assertAlive();
  }
});

test("a body of megabytes is refused or cut off, and all goes on", async (t) => {
  const foe = new Foe(t, await startEdge(t));
  await foe.listen();
  const body = Buffer.from(`{"x":"${"y".repeat(3_000_000)}"}`);
  for (const action of actions) {
    const outcome = await foe.send(`${LAMP}/${action}`, body);
    if (outcome === "acknowledged") {
      assert.equal(JSON.parse(await foe.answer(`${LAMP}/${action}/result`)).code, 413);
    }
    await foe.assertAlive();
  }
});

const strangeNames: { title: string; topic: string; code: number | "cut" }[] = [
  { title: "nobody's name", topic: `${DEVICE}/default/nobody/twin/get`, code: 404 },
  { title: "a bare name of nobody", topic: `${DEVICE}/nobody/twin/update`, code: 404 },
  { title: "no name", topic: `${DEVICE}//twin/update`, code: 400 },
  { title: "no namespace", topic: `${DEVICE}//lamp/twin/update`, code: 400 },
  { title: "a namespace alone", topic: `${DEVICE}/default//state/get`, code: 400 },
  { title: "too many levels", topic: `${DEVICE}/a/b/lamp/state/update`, code: 400 },
  { title: "__proto__", topic: `${DEVICE}/__proto__/__proto__/twin/update`, code: 404 },
  { title: "a long name", topic: `${DEVICE}/${"n".repeat(5_000)}/twin/get`, code: 404 },
  { title: "blanks and quotes", topic: `${DEVICE}/de fault/"lamp"/twin/get`, code: 404 },
  { title: "a wildcard for a level", topic: `${DEVICE}/default/+/twin/update`, code: "cut" },
  { title: "a wildcard within a name", topic: `${DEVICE}/default/la+mp/twin/update`, code: "cut" },
  { title: "the other wildcard", topic: `${DEVICE}/default/#`, code: "cut" },
];

test("strange names: each is answered or cut off, and all goes on", async (t) => {
  const foe = new Foe(t, await startEdge(t));
  await foe.listen();
  for (const { title, topic, code } of strangeNames) {
    const action = topic.slice(topic.lastIndexOf("/") - 5);
    const body = action.includes("state/")
      ? '{"event_id":"e","timestamp":0,"state":"ok"}'
      : '{"event_id":"e","timestamp":0,"twin":{}}';
    const outcome = await foe.send(topic, Buffer.from(body));
    assert.equal(outcome, code === "cut" ? "cut" : "acknowledged", title);
    if (code !== "cut") {
      assert.equal(JSON.parse(await foe.answer(`${topic}/result`)).code, code, title);
    }
    await foe.assertAlive();
  }
});

const keys = fc.constantFrom("event_id", "timestamp", "twin", "p", "actual", "expected", "value");
const shaped = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, "", 0, -1, true, "x", 1e308, []),
    fc.dictionary(keys, tie("node"), { maxKeys: 4 }),
    fc.array(tie("node"), { maxLength: 2 }),
  ),
})).node;
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.nat({ max: good.length }).map((cut) => Buffer.from(good).subarray(0, cut)),
  fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })).map(([at, byte]) => {
    return Buffer.from(good).fill(byte, at, at + 1);
  }),
  shaped.map((value) => Buffer.from(JSON.stringify(value))),
);
const level = fc.oneof(
  fc.constantFrom("", "default", "lamp", "device", "twin", "update", "+", "#", "é", "a b", "$hw"),
  fc.string({ maxLength: 6 }).map((text) => text.replaceAll("\0", "")),
);
const topics = fc.oneof(
  fc.constantFrom(...actions).map((action) => `${LAMP}/${action}`),
  fc
    .tuple(fc.array(level, { maxLength: 4 }), fc.constantFrom(...actions))
    .map(([levels, action]) => [DEVICE, ...levels, action].join("/")),
  fc.array(level, { maxLength: 3 }).map((levels) => ["$hw/events/node", ...levels].join("/")),
);

test("any bytes on any topic leave the edge serving others", { timeout: 60_000 }, async (t) => {
  const foe = new Foe(t, await startEdge(t));
  await foe.listen();
  await fc.assert(
    fc.asyncProperty(topics, bodies, async (topic, body) => {
      await foe.send(topic, body);
      await foe.assertAlive();
    }),
    { numRuns: 150, seed: 1 },
  );
});
