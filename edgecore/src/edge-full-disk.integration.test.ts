import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, MemoryLog, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync, type MqttClient } from "mqtt";
import { EdgeDatabase } from "./database/edge-database.ts";
import { inspectEdge } from "./database/inspect-edge.ts";
import { SqliteTwinStore } from "./devicetwin/store/sqlite-twin-store.ts";
import { createEdgeCore } from "./edge-core.ts";
import { edgeCoreConfig } from "./edge-core-config.ts";
import { smallDisk } from "./eventbus/testing/small-disk.ts";

const DISK_KIB = 2_048;

async function addDevice(t: TestContext, dataDir: string): Promise<void> {
  await mkdir(dataDir);
  const database = new EdgeDatabase({ folder: dataDir, clock: new RealClock(), log: silentLog });
  await database.start(t.signal);
  const record = { id: "default/lamp", name: "lamp", description: "", state: "", lastOnline: "" };
  await new SqliteTwinStore(database).commit([
    { kind: "device", record: { ...record, id: "default/lamp" } },
  ]);
  await database.stop();
}

const BASE = "$hw/events/device/default/lamp/twin/update";

/** Publishes one value; true when it was acknowledged. */
function report(client: MqttClient, property: string, value: string): Promise<boolean> {
  const twin = { [property]: { actual: { value } } };
  const body = JSON.stringify({ event_id: value.slice(0, 40), timestamp: 0, twin });
  return new Promise((resolve) => {
    const onClose = () => resolve(false);
    client.once("close", onClose);
    client.publish(BASE, body, { qos: 1 }, (error) => {
      client.off("close", onClose);
      resolve(!error);
    });
  });
}

test("a disk that fills up: refused with 500, not acknowledged, and all that was is there", async (t) => {
  const disk = await smallDisk(t, DISK_KIB);
  if (!disk) return t.skip("no small disk can be mounted here");
  const dataDir = join(disk.folder, "edge");
  await addDevice(t, dataDir);
  const config = edgeCoreConfig.parse({
    dataDir,
    cloud: { url: "ws://127.0.0.1:1" },
    mqtt: { port: 0 },
  });
  const log = new MemoryLog();
  const edge = createEdgeCore(config, { clock: new RealClock(), random: createRandom(1), log });
  t.after(() => edge.stop());
  await edge.start(t.signal);
  const url = `mqtt://127.0.0.1:${edge.mqttPort}`;
  const listener = await connectAsync(url, { reconnectPeriod: 0 });
  t.after(() => listener.endAsync(true));
  const refusals: { code: number; reason: string }[] = [];
  listener.on("message", (_topic, body) => {
    const result = JSON.parse(String(body));
    if (result.code !== undefined) refusals.push(result);
  });
  await listener.subscribeAsync(`${BASE}/result`, { qos: 1 });
  const connect = async () => {
    const client = await connectAsync(url, { reconnectPeriod: 0 });
    client.on("error", () => {});
    t.after(() => client.endAsync(true));
    return client;
  };

  const sender = await connect();
  const acknowledged = new Map<string, string>();
  let n = 0;
  for (;;) {
    const [property, value] = [`p${n}`, `${n} ${"x".repeat(40_000)}`];
    if (!(await report(sender, property, value))) break;
    acknowledged.set(property, value);
    assert.ok(++n < 1_000, "the disk never filled up");
  }
  assert.ok(n > 5, `only ${n} updates fitted`);
  const [refusal] = refusals;
  assert.equal(refusal?.code, 500);
  assert.match(refusal?.reason ?? "", /full/);
  assert.ok(log.entries.some(({ message }) => message === "update not stored"));

  const second = await connect();
  assert.equal(await report(second, "large", "y".repeat(60_000)), false, "still full");
  const held = () => inspectEdge(dataDir).devices[0]?.twins ?? {};
  for (const [property, value] of acknowledged) {
    assert.equal(held()[property]?.actual?.value, value);
  }
  assert.deepEqual(Object.keys(held()).sort(), [...acknowledged.keys()].sort());

  // Room again: the same edge goes on without a restart.
  disk.enlarge();
  const third = await connect();
  assert.equal(await report(third, "large", "z".repeat(60_000)), true);
  assert.equal(held().large?.actual?.value, "z".repeat(60_000));
  await edge.stop();
});
