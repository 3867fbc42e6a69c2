import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { MemoryLog } from "@mapperkit/runtime";
import type { MqttClient } from "mqtt";
import type { Publication } from "../../devicetwin/publication.ts";
import { connect, flushed, type Peer, startBus, until } from "../testing/running-bus.ts";
import { killSessions } from "../testing/session-kills.ts";
import { smallDisk } from "../testing/small-disk.ts";

const session = { clientId: "mapper", clean: false } as const;

/** True when it was acknowledged, false when the connection ended instead. */
function publish(client: MqttClient, topic: string, body: string, qos: 1 | 2): Promise<boolean> {
  return new Promise((resolve) => {
    const isCutOff = () => resolve(false);
    client.once("close", isCutOff);
    client.publish(topic, body, { qos }, (error) => {
      client.off("close", isCutOff);
      resolve(!error);
    });
  });
}

test("a store that fails: no acknowledgement, the sender is cut off, and says it again", async (t) => {
  let isFailing = true;
  const asked: string[] = [];
  const topic = "$hw/events/device/default/lamp/twin/update";
  const handle = async (_: string, payload: Uint8Array): Promise<Publication[]> => {
    asked.push(String(Buffer.from(payload)));
    const action = "twin/update/result";
    const answer = { kind: "reply", device: "default/lamp", form: "long", action } as const;
    return [{ ...answer, body: {}, ...(isFailing && { isLost: true }) }];
  };
  const { bus } = await startBus(t, {}, { requests: { handle } });
  const settings = { ...session, reconnectPeriod: 50 };
  const mapper = await connect(t, bus.port, [`${topic}/result`], settings);
  let cuts = 0;
  mapper.client.on("close", () => {
    cuts += 1;
    isFailing = cuts < 2;
  });
  await mapper.client.publishAsync(topic, "told until it is kept", { qos: 1 });
  assert.equal(cuts, 2);
  assert.deepEqual(asked, Array(3).fill("told until it is kept"));
  assert.ok(mapper.heard.length >= 2, "each time the answer says why");
});

for (const qos of [1, 2] as const) {
  test(`a full disk, QoS ${qos}: nobody is told that a message waits which a restart would lose`, async (t) => {
    const disk = await smallDisk(t, 1_024);
    if (!disk) return t.skip("no small disk can be mounted here");
    const log = new MemoryLog();
    const dataDir = join(disk.folder, "edge");
    const first = await startBus(t, {}, { dataDir, log });
    const mapper = await connect(t, first.bus.port, [], session);
    await mapper.client.subscribeAsync("to/mapper", { qos });
    await mapper.client.endAsync();
    const acknowledged: string[] = [];
    const connectSender = () =>
      connect(t, first.bus.port, [], { clientId: "sender", clean: false });
    let sender: Peer = await connectSender();
    for (let n = 0; ; n += 1) {
      assert.ok(n < 500, "the disk never filled up");
      const body = `${n} ${"x".repeat(20_000)}`;
      if (!(await publish(sender.client, "to/mapper", body, qos))) break;
      acknowledged.push(body);
    }
    assert.ok(acknowledged.length > 5, `only ${acknowledged.length} fitted`);
    assert.ok(log.entries.some(({ message }) => message.startsWith("MQTT sessions not written")));
    disk.enlarge();
    sender = await connectSender();
    assert.equal(await publish(sender.client, "to/mapper", "room again", qos), true);
    acknowledged.push("room again");
    await first.bus.stop();

    const second = await startBus(t, {}, { dataDir });
    const again = await connect(t, second.bus.port, [], session);
    await until("all of it", () => again.heard.length >= acknowledged.length);
    await flushed(again);
    assert.deepEqual(
      again.heard,
      acknowledged.map((body) => `to/mapper ${body}`),
    );
  });
}

test("every message that was acknowledged waits for its session after SIGKILL, twice over", (t) => {
  return killSessions(t, { seed: 1, rounds: 2 });
});
