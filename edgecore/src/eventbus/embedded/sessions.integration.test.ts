import assert from "node:assert/strict";
import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Publication } from "../../devicetwin/publication.ts";
import { connect, flushed, startBus, until } from "../testing/running-bus.ts";

const session = { clientId: "mapper", clean: false } as const;

test("sessions, retained messages and wills are there after the edge was started anew", async (t) => {
  const first = await startBus(t);
  const mapper = await connect(t, first.bus.port, ["to/mapper", "news/#"], session);
  await mapper.client.endAsync();
  const sender = await connect(t, first.bus.port);
  await sender.client.publishAsync("to/mapper", "before", { qos: 1 });
  await sender.client.publishAsync("to/mapper", "twice", { qos: 2 });
  await sender.client.publishAsync("old/news", "kept", { qos: 1, retain: true });
  await first.bus.stop();

  const second = await startBus(t, {}, { dataDir: first.dataDir });
  const other = await connect(t, second.bus.port, ["old/#"]);
  await other.client.publishAsync("news/today", "after", { qos: 1 });
  await until("what is retained", () => other.heard.length > 0);
  assert.deepEqual(other.heard, ["old/news kept"]);
  const again = await connect(t, second.bus.port, [], session);
  await until("what waited", () => again.heard.length >= 3);
  assert.deepEqual(again.heard, ["to/mapper before", "to/mapper twice", "news/today after"]);
  await again.client.endAsync();
  const late = await connect(t, second.bus.port, [], session);
  await flushed(late);
  assert.deepEqual(late.heard, [], "what was acknowledged does not come again");
});

test("what is acknowledged is written, and the will of who was connected when the edge was killed is spoken", async (t) => {
  const first = await startBus(t);
  const mapper = await connect(t, first.bus.port, ["to/mapper"], session);
  await mapper.client.endAsync();
  const topic = "$hw/events/device/default/lamp/state/update";
  const will = { topic, payload: Buffer.from("offline"), qos: 1 as const, retain: false };
  const sender = await connect(t, first.bus.port, [], { will });
  await sender.client.publishAsync("to/mapper", "acknowledged", { qos: 1 });
  // What a killed edge leaves behind: its files as they are at this moment.
  const dataDir = await mkdtemp(join(tmpdir(), "killed-edge-"));
  await cp(first.dataDir, dataDir, { recursive: true });
  const said: string[] = [];
  const requests = {
    handle: (topic: string, body: Uint8Array) => {
      said.push(`${topic} ${Buffer.from(body)}`);
      return Promise.resolve<Publication[]>([]);
    },
  };
  const second = await startBus(t, {}, { dataDir, requests });
  assert.deepEqual(said, [`${topic} offline`]);
  const again = await connect(t, second.bus.port, [], session);
  await until("what was acknowledged", () => again.heard.length > 0);
  assert.deepEqual(again.heard, ["to/mapper acknowledged"]);
});

test("the announcements of devices are not kept: the edge tells them anew", async (t) => {
  const first = await startBus(t);
  const device = "default/gone" as const;
  first.publications.publish([{ kind: "announcement", device, body: { version: 1 } as never }]);
  const observer = await connect(t, first.bus.port, ["$hw/events/node/+/devices/#"]);
  await until("the announcement", () => observer.heard.length > 0);
  await first.bus.stop();
  const second = await startBus(t, {}, { dataDir: first.dataDir });
  const late = await connect(t, second.bus.port, ["$hw/events/node/+/devices/#"]);
  await flushed(late);
  assert.deepEqual(late.heard, []);
});

test("a will reaches devicetwin: a mapper that dies takes its device offline", async (t) => {
  const said: string[] = [];
  const requests = {
    handle: (topic: string, body: Uint8Array) => {
      said.push(`${topic} ${Buffer.from(body)}`);
      return Promise.resolve<Publication[]>([]);
    },
  };
  const { bus } = await startBus(t, {}, { requests });
  const topic = "$hw/events/device/default/lamp/state/update";
  const will = { topic, payload: Buffer.from("offline"), qos: 1 as const, retain: false };
  const mapper = await connect(t, bus.port, [], { will });
  mapper.client.stream.destroy();
  await until("the will", () => said.includes(`${topic} offline`));
});
