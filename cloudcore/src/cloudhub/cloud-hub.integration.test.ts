import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { type Envelope, makeEnvelope } from "@mapperkit/api";
import { MemoryLog, RealClock, VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { WebSocket } from "ws";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { until } from "../testing/until.ts";
import { CloudHub } from "./cloud-hub.ts";
import { hubConfig } from "./hub-config.ts";

async function hubFor(t: TestContext, config: object = {}, clock = new VirtualClock()) {
  const log = new MemoryLog();
  const hub = new CloudHub({ config: hubConfig.parse({ port: 0, ...config }), clock, log });
  const told: string[] = [];
  hub.listenWith({
    nodeConnected: (node) => told.push(`+${node}`),
    nodeDisconnected: (node) => told.push(`-${node}`),
    messageArrived: (node, message) => told.push(`${node}: ${message.route.resource}`),
  });
  await hub.start();
  t.after(() => hub.stop());
  const dial = async (node: string) => {
    const edge = await ScriptedEdge.dial(hub.port, node);
    t.after(() => edge.close());
    return edge;
  };
  return { hub, told, clock, log, dial };
}

function object(id: string, resource = "default/device/a"): Envelope {
  const route = { source: "devicecontroller", group: "resource", operation: "update", resource };
  return makeEnvelope({ id, timestamp: 1, resourceVersion: id, content: {}, ...route });
}

test("a second connection of a node takes over, and the first is ended", async (t) => {
  const { told, dial } = await hubFor(t);
  const first = await dial("e1");
  const second = await dial("e1");
  await until("the first to end", () => !first.isOpen);
  second.askForDevices();
  await until("a message of the second", () => told.length === 4);
  assert.deepEqual(told, ["+e1", "-e1", "+e1", "e1: membership/detail"]);
});

test("30 s without a keepalive end the session, whatever else is sent", async (t) => {
  const { told, dial, clock } = await hubFor(t);
  const edge = await dial("e1");
  await clock.advance(29_000);
  edge.askForDevices();
  await until("the message", () => told.includes("e1: membership/detail"));
  await clock.advance(3_000);
  await until("the end", () => !edge.isOpen);
  assert.equal(told.at(-1), "-e1");
});

test("an object that is never acknowledged is sent again, a newer version in its place", async (t) => {
  const { told, hub, dial, clock } = await hubFor(t);
  const edge = await dial("e1");
  edge.isAcknowledging = false;
  const ids = () => edge.received.map(({ header }) => header.msg_id);
  const passHalfAMinute = async () => {
    for (let half = 0; half < 2; half++) {
      edge.send({ operation: "keepalive", source: "websocket", resource: "node" }, "ping");
      const asked = told.length;
      edge.askForDevices();
      await until("the hub to have read the keepalive", () => told.length > asked);
      await clock.advance(15_500);
    }
  };
  hub.put("e1", "default/device/a", object("1"));
  await until("the first version", () => ids().length === 1);
  await passHalfAMinute();
  await until("it again", () => ids().length === 2);
  hub.put("e1", "default/device/a", object("2"));
  await until("the newer version", () => ids().length === 3);
  edge.isAcknowledging = true;
  await passHalfAMinute();
  await until("it again", () => ids().length === 4);
  assert.deepEqual(ids(), ["1", "1", "2", "2"]);
  await passHalfAMinute();
  hub.send("e1", object("3"));
  await until("the last message", () => ids().at(-1) === "3");
  assert.equal(ids().length, 5);
});

const refusals: { why: string; path: string; headers: Record<string, string>; status: number }[] = [
  { why: "wrong path", path: "/x", headers: {}, status: 404 },
  { why: "no node", path: "/p/e1/events", headers: {}, status: 400 },
  { why: "another node", path: "/p/e1/events", headers: { node_id: "e2" }, status: 400 },
  { why: "no use", path: "/p/e1/events", headers: { node_id: "e1" }, status: 400 },
  { why: "bad name", path: "/p/e_1/events", headers: { node_id: "e_1" }, status: 400 },
];
for (const { why, path, headers, status } of refusals) {
  test(`a dial is refused politely: ${why}`, async (t) => {
    const { hub } = await hubFor(t);
    const answer = await dialBadly(hub.port, path, headers);
    assert.equal(answer.status, status);
    assert.match(answer.text, /expected/);
  });
}

test("beyond the node limit another node is refused, a known one is not", async (t) => {
  const { hub, dial } = await hubFor(t, { nodeLimit: 1 });
  await dial("e1");
  const headers = { node_id: "e2", connectionuse: "msg" };
  const answer = await dialBadly(hub.port, "/p/e2/events", headers);
  assert.deepEqual([answer.status, answer.text], [503, "the limit of 1 nodes is reached\n"]);
  await dial("e1");
});

test("arbitrary frames never crash the hub, and disturb nobody else", async (t) => {
  const { told, dial } = await hubFor(t, {}, new RealClock() as unknown as VirtualClock);
  const bystander = await dial("e2");
  const field = fc.oneof(fc.string(), fc.constant(null), fc.integer(), fc.object());
  const almost = fc.record(
    {
      header: fc.oneof(field, fc.record({ msg_id: field, timestamp: field, parent_msg_id: field })),
      route: fc.oneof(
        field,
        fc.record({
          operation: fc.oneof(field, fc.constantFrom("keepalive", "response", "error", "update")),
          resource: field,
          source: field,
        }),
      ),
      content: field,
    },
    { requiredKeys: [] },
  );
  const frame = fc.oneof(
    fc.string(),
    fc.uint8Array(),
    fc.json(),
    almost.map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
      const edge = await dial("e1");
      for (const one of frames) edge.sendRaw(one);
      edge.send({ operation: "get", source: "twin", resource: "end" }, "");
      const before = told.length;
      await until("the end of the frames", () => told.lastIndexOf("e1: end") >= before - 1);
      edge.close();
    }),
    { numRuns: 50 },
  );
  assert.equal(bystander.isOpen, true);
});

test("what is no envelope is counted, and logged a few times only", async (t) => {
  const { hub, log, dial } = await hubFor(t);
  const edge = await dial("e1");
  for (let i = 0; i < 20; i++) edge.sendRaw("rubbish");
  await until("twenty dropped frames", () => hub.droppedFrames === 20);
  const lines = log.entries.filter(({ message }) => message === "dropped a frame");
  assert.equal(lines.length, 5);
});

test("several messages in a frame, where the edge knows that; a stock edge is told nothing of it", async (t) => {
  const { hub, told } = await hubFor(t);
  const dial = async (node: string, more: Record<string, string>) => {
    const socket = new WebSocket(`ws://127.0.0.1:${hub.port}/p/${node}/events`, {
      headers: { node_id: node, ConnectionUse: "msg", ...more },
    });
    const frames: string[] = [];
    socket.on("message", (data) => frames.push(String(data)));
    t.after(() => socket.terminate());
    const answer = await new Promise<IncomingMessage>((resolve) => socket.once("upgrade", resolve));
    await until("the connection", () => hub.isConnected(node));
    return { socket, frames, features: answer.headers["mapperkit-features"] };
  };
  const ours = await dial("ours", { "mapperkit-features": "frames, outbox, later" });
  const stock = await dial("stock", {});
  assert.deepEqual([ours.features, stock.features], ["frames", undefined]);
  ours.socket.send(JSON.stringify(["a", 5, "b"].map((resource) => ({ route: { resource } }))));
  ours.socket.send(JSON.stringify([{ route: { resource: "a" } }, 5, { route: { resource: "b" } }]));
  await until("all messages", () => told.filter((line) => line.startsWith("ours")).length === 4);
  assert.equal(hub.droppedFrames, 2);
  for (const node of ["ours", "stock"]) {
    for (const id of ["1", "2", "3"]) hub.put(node, id, object(id));
  }
  const isObjects = (frame: string) => frame.includes("default/device/a");
  await until("what was put", () => {
    return ours.frames.some(isObjects) && stock.frames.length === 3;
  });
  const [frame, ...more] = ours.frames.filter(isObjects);
  assert.deepEqual([JSON.parse(frame!).length, more], [3, []]);
});

test("a frame beyond the limit ends its session only", async (t) => {
  const { dial } = await hubFor(t, { maxMessageBytes: 1_000 });
  const [loud, quiet] = [await dial("e1"), await dial("e2")];
  loud.sendRaw("x".repeat(2_000));
  await until("the end", () => !loud.isOpen);
  assert.equal(quiet.isOpen, true);
});

function dialBadly(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number | undefined; text: string }> {
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "A73Vsrp6GqmV5me+Yonp0g==",
  };
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, headers: { ...upgrade, ...headers } };
    const request = get(options, async (response: IncomingMessage) => {
      let text = "";
      for await (const chunk of response) text += String(chunk);
      resolve({ status: response.statusCode, text });
    });
    request.on("error", reject);
    request.on("upgrade", () => reject(new Error("the dial was accepted")));
  });
}
