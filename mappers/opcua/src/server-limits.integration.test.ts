import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MemoryLog, RealClock } from "@mapperkit/runtime";
import { build_address_space_for_conformance_testing } from "node-opcua-address-space-for-conformance-testing";
import { OPCUAServer } from "node-opcua-server";
import { browseNodes } from "./browse/browse-nodes.ts";
import { opcuaMapper } from "./opcua-mapper.ts";
import { pkiFolder, qualityIs, runMapper, until, valueIs } from "./testing/running-mapper.ts";
import { CONFORMANCE, type Stranger, startStranger } from "./testing/stranger.ts";
import { ToldNodes } from "./testing/told-nodes.ts";

const MOST = { maxNodesPerRead: 4, maxNodesPerWrite: 2, maxMonitoredItemsPerCall: 3 };

const kit = { OPCUAServer, addConformanceNodes: build_address_space_for_conformance_testing };
const pki = pkiFolder({ after });
let stranger: Stranger;
before(async () => {
  const operationLimits = { ...MOST, maxNodesPerBrowse: 1 };
  stranger = await startStranger(kit, pki, {
    serverCapabilities: { operationLimits, maxBrowseContinuationPoints: 10 },
  });
});
after(() => stranger[Symbol.asyncDispose]());

const config = (more: object = {}) => ({ url: stranger.url, pkiFolder: pki, ...more });
const node = (id: string, more: object = {}) => ({ nodeId: `nsu=${CONFORMANCE};s=${id}`, ...more });
const ANALOG = "DoubleAnalogDataItem";

test("changes within a dead-band are not told by the server, in units and in percent of its range", async () => {
  stranger.set(ANALOG, "Double", 0);
  await using nodes = await ToldNodes.open(config({ publishingIntervalMs: 20 }), {
    all: node(ANALOG),
    units: node(ANALOG, { serverDeadband: 5 }),
    // The node's range is -200 to 200.
    percent: node(ANALOG, { serverDeadbandPercent: 10 }),
  });
  for (const value of [0, 4, 9, 39, 41, 100]) {
    stranger.set(ANALOG, "Double", value);
    await nodes.untilTold("all", value);
  }
  await nodes.untilTold("percent", 100);
  await nodes.untilTold("units", 100);
  assert.deepEqual(nodes.of("units"), [0, 9, 39, 100]);
  assert.deepEqual(nodes.of("percent"), [0, 41, 100]);
});

test("a dead-band that the server has not for a node is said, and the node told without it", async () => {
  stranger.set("Static_Scalar_String", "String", "one");
  stranger.set("Static_Scalar_Double", "Double", 1);
  await using nodes = await ToldNodes.open(config(), {
    text: node("Static_Scalar_String", { serverDeadband: 5 }),
    rangeless: node("Static_Scalar_Double", { serverDeadbandPercent: 10 }),
    ghost: node("Ghost", { serverDeadband: 5 }),
  });
  await nodes.untilTold("text", "one");
  await nodes.untilTold("rangeless", 1);
  stranger.set("Static_Scalar_String", "String", "two");
  await nodes.untilTold("text", "two");
  assert.deepEqual(nodes.of("ghost"), ["illegalAddress"]);
  const said = nodes.log.entries.filter(({ message }) => message.includes("dead-band"));
  assert.deepEqual(said.map(({ fields }) => fields.property).toSorted(), ["rangeless", "text"]);
});

test("what a server keeps between two notifications is told in order; a short queue keeps the last", async () => {
  stranger.set(ANALOG, "Double", 0);
  const sampled = { samplingIntervalMs: 0 };
  await using fast = await ToldNodes.open(config({ publishingIntervalMs: 20 }), {
    it: node(ANALOG, sampled),
  });
  await using nodes = await ToldNodes.open(config({ publishingIntervalMs: 500 }), {
    long: node(ANALOG, { ...sampled, queueSize: 10 }),
    short: node(ANALOG, { ...sampled, queueSize: 1 }),
  });
  await nodes.untilTold("long", 0);
  for (const value of [1, 2, 3, 4, 5]) {
    stranger.set(ANALOG, "Double", value);
    await fast.untilTold("it", value);
  }
  await nodes.untilTold("long", 5);
  await nodes.untilTold("short", 5);
  assert.deepEqual(nodes.of("long"), [0, 1, 2, 3, 4, 5]);
  assert.ok(nodes.of("short").length < nodes.of("long").length, `${nodes.of("short")}`);
});

test("requests keep to what the server takes in one", async (t) => {
  const seen = { Read: 0, Write: 0, CreateMonitoredItems: 0 };
  const look = (request: object) => {
    const { nodesToRead, nodesToWrite, itemsToCreate } = request as Record<string, unknown[]>;
    seen.Read = Math.max(seen.Read, nodesToRead?.length ?? 0);
    seen.Write = Math.max(seen.Write, nodesToWrite?.length ?? 0);
    seen.CreateMonitoredItems = Math.max(seen.CreateMonitoredItems, itemsToCreate?.length ?? 0);
  };
  stranger.server.on("request", look);
  t.after(() => stranger.server.off("request", look));
  const names = ["SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Float", "Double"];
  for (const subscribe of [true, false]) {
    const { link, announce, reported } = runMapper(t);
    const properties = names.map((name) => {
      const configData = node(`Static_Scalar_${name}`);
      return [name, { type: "DOUBLE", accessMode: "ReadWrite", configData }] as const;
    });
    announce("many", config({ subscribe }), Object.fromEntries(properties));
    for (const name of names) await reported("many", name, qualityIs("Good"));
    const value = subscribe ? "11" : "12";
    for (const name of names) link.setDesired("default/many", name, value, 2);
    for (const name of names) await reported("many", name, valueIs(value));
  }
  assert.deepEqual(seen, { Read: 4, Write: 2, CreateMonitoredItems: 3 });
});

test("a server without subscriptions is read in each cycle, and that is said", async (t) => {
  const services = stranger.server as unknown as Record<string, unknown>;
  services._on_CreateSubscriptionRequest = null;
  t.after(() => {
    delete services._on_CreateSubscriptionRequest;
  });
  const { log, announce, reported } = runMapper(t);
  stranger.set(ANALOG, "Double", 21);
  announce("polled", config(), { level: { type: "DOUBLE", configData: node(ANALOG) } });
  await reported("polled", "level", valueIs("21"));
  for (const value of [22, 23, 24]) {
    stranger.set(ANALOG, "Double", value);
    await reported("polled", "level", valueIs(String(value)));
  }
  const said = log.entries.filter(({ message }) => message === "device does not tell its changes");
  assert.equal(said.length, 1);
  assert.match(String(said[0]?.fields.error), /BadServiceUnsupported/);
});

test("what a server offers is discovered, one finding for each security", async () => {
  const found = new Map<string, string | undefined>();
  for await (const { config: reached, labels } of opcuaMapper.discover({ config: config() })) {
    const { securityMode, securityPolicy } = reached as Record<string, string>;
    found.set(`${securityMode}/${securityPolicy}`, labels?.application);
  }
  assert.ok(found.has("None/None") && found.has("SignAndEncrypt/Basic256Sha256"), `${[...found]}`);
  assert.equal(new Set(found.values()).size, 1);
});

test("discovery without a url, and where nobody listens, says what to check", async () => {
  const first = async (given: object) => {
    for await (const one of opcuaMapper.discover({ config: { ...given } })) return one;
    return undefined;
  };
  await assert.rejects(first({}), { code: "invalid_input", message: /url: .* opc.tcp:/ });
  const nobody = { url: "opc.tcp://127.0.0.1:1", pkiFolder: pki };
  await assert.rejects(first(nobody), { code: "unreachable", message: /check host and port/ });
});

test("browsing finds each variable once, with its path, its type and whether it can be written", async (t) => {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const ports = { clock: new RealClock(), log: new MemoryLog(), signal: stop.signal };
  const all = [];
  const root = `ns=${await indexOf(CONFORMANCE)};s=Static_Scalar`;
  for await (const found of browseNodes({ config: config(), root, ...ports })) all.push(found);
  assert.equal(new Set(all.map(({ nodeId }) => nodeId)).size, all.length);
  const one = all.find(({ path }) => path === "Double");
  assert.deepEqual(one, {
    ...{ nodeId: `nsu=${CONFORMANCE};s=Static_Scalar_Double`, path: "Double" },
    ...{ dataType: "Double", isWritable: true },
  });
  // What was found is what a Device names.
  const { announce, reported } = runMapper(t);
  announce("found", config(), { it: { type: "DOUBLE", configData: { nodeId: one?.nodeId } } });
  await reported("found", "it", qualityIs("Good"));
});

test("who stops browsing half-way leaves no session behind", async () => {
  const before = stranger.server.engine.currentSessionCount;
  const ports = { clock: new RealClock(), log: new MemoryLog() };
  const stop = new AbortController();
  let count = 0;
  for await (const _ of browseNodes({ config: config(), ...ports, signal: stop.signal })) {
    count += 1;
    if (count === 20) break;
  }
  await until("its session is closed", () => {
    return stranger.server.engine.currentSessionCount === before;
  });
});

async function indexOf(uri: string): Promise<number> {
  return stranger.server.engine.addressSpace?.getNamespaceIndex(uri) ?? -1;
}
