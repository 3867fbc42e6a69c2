import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { parseFrame } from "@mapperkit/api";
import { MemoryLog, VirtualClock } from "@mapperkit/runtime";
import { WebSocket } from "ws";
import { until } from "../testing/until.ts";
import { CloudHub } from "./cloud-hub.ts";
import { hubConfig } from "./hub-config.ts";

const good = { header: { msg_id: "m", timestamp: 1 }, route: { resource: "good" }, content: 1 };
const whole = JSON.stringify(good);

async function linkFor(t: TestContext) {
  const log = new MemoryLog();
  const config = hubConfig.parse({ port: 0, maxMessageBytes: 1_000 });
  const hub = new CloudHub({ config, clock: new VirtualClock(), log });
  const heard: (string | undefined)[] = [];
  hub.listenWith({
    nodeConnected: () => {},
    nodeDisconnected: () => {},
    messageArrived: (_, { route }) => heard.push(route.resource),
  });
  await hub.start();
  t.after(() => hub.stop());
  const dial = async (node: string, features: object) => {
    const socket = new WebSocket(`ws://127.0.0.1:${hub.port}/p/${node}/events`, {
      headers: { node_id: node, ConnectionUse: "msg", ...features },
    });
    const told: unknown[] = [];
    socket.on("message", (data) => {
      for (const { route, content } of parseFrame(String(data)).envelopes) {
        if (route.operation === "error") told.push(content);
      }
    });
    t.after(() => socket.terminate());
    await once(socket, "open");
    return { socket, told };
  };
  const logged = () =>
    log.entries
      .filter(({ message }) => message === "dropped a frame")
      .map(({ fields }) => `${fields.node}: ${(fields.error as Error).message}`);
  return { hub, heard, dial, logged };
}

const bad: { what: string; frame: string | Buffer; says: RegExp }[] = [
  { what: "not JSON", frame: "rubbish", says: /the frame is not JSON/ },
  { what: "truncated", frame: whole.slice(0, -7), says: /the frame is not JSON/ },
  { what: "binary", frame: Buffer.from(whole), says: /the frame is not text/ },
  { what: "not an object", frame: "5", says: /the frame/ },
  {
    what: "of a wrong header",
    frame: JSON.stringify({ ...good, header: { msg_id: 7 } }),
    says: /header\.msg_id .*string/,
  },
  {
    what: "of a wrong route",
    frame: JSON.stringify({ ...good, route: { resource: {} } }),
    says: /route\.resource .*string/,
  },
];
for (const { what, frame, says } of bad) {
  test(`a frame that is ${what}: both ends are told, and the next one is served`, async (t) => {
    const { hub, heard, dial, logged } = await linkFor(t);
    const ours = await dial("ours", { "mapperkit-features": "frames" });
    ours.socket.send(frame);
    ours.socket.send(whole);
    await until("the good one", () => heard.includes("good") && ours.told.length === 1);
    assert.match(String(ours.told[0]), says);
    assert.match(logged()[0] ?? "", says);
    assert.match(logged()[0] ?? "", /^ours: /);
    assert.equal(hub.droppedFrames, 1);
  });
}

test("a stock edge, which would take the reason for an object, is told nothing", async (t) => {
  const { heard, dial, logged } = await linkFor(t);
  const stock = await dial("stock", {});
  stock.socket.send("rubbish");
  stock.socket.send(whole);
  await until("the good one", () => heard.length === 1);
  assert.equal(logged().length, 1);
  assert.deepEqual(stock.told, []);
});

test("what KubeEdge's edges leave out, and what newer ones may add, is no fault", async (t) => {
  const { hub, heard, dial } = await linkFor(t);
  const ours = await dial("ours", { "mapperkit-features": "frames" });
  const tolerated = [
    { route: {}, content: null },
    {},
    { header: good.header, route: { resource: "no content" } },
    { ...good, later: { x: 1 }, header: { ...good.header, later: 1 } },
  ];
  for (const each of tolerated) ours.socket.send(JSON.stringify(each));
  ours.socket.send(JSON.stringify({ route: { resource: "end" } }));
  await until("the last one", () => heard.at(-1) === "end");
  assert.equal(hub.droppedFrames, 0);
  assert.deepEqual(heard.slice(-3), ["no content", "good", "end"]);
  assert.deepEqual(ours.told, []);
});
