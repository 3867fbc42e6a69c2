import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceAnnouncement } from "@mapperkit/api";
import { type ByteStream, MemoryTransports, silentLog, VirtualClock } from "@mapperkit/runtime";
import { MemoryTwinLink } from "@mapperkit/sdk";
import { counterMapper } from "./counter-mapper.ts";

const COUNTER = "default/counter";

/** KubeEdge's sample as it reaches a mapper: a model, no protocol, no visitors. */
const sample: DeviceAnnouncement = {
  version: 1,
  generation: 1,
  device: {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { namespace: "default", name: "counter" },
    spec: { deviceModelRef: { name: "counter-model" }, properties: [{ name: "status" }] },
  },
  model: {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata: { namespace: "default", name: "counter-model" },
    spec: { properties: [{ name: "status", type: "STRING", accessMode: "ReadWrite" }] },
  },
};

/** A counter as its protocol describes it, with scripted answers. */
async function playCounter(
  answers: Record<string, string>,
  play: (world: { link: MemoryTwinLink; clock: VirtualClock; heard: string[] }) => Promise<void>,
): Promise<void> {
  const clock = new VirtualClock(1_000_000);
  const link = new MemoryTwinLink();
  const transports = new MemoryTransports();
  const heard: string[] = [];
  const serve = async (stream: ByteStream) => {
    for await (const bytes of stream.read()) {
      const command = new TextDecoder().decode(bytes).trim();
      heard.push(command);
      const answer = answers[command] ?? "ERR unknown command";
      await stream.write(new TextEncoder().encode(`${answer}\r\n`));
    }
  };
  transports.listen("127.0.0.1", 9500, (stream) => {
    serve(stream).catch(() => undefined);
  });
  link.announce(sample);
  const stop = new AbortController();
  const running = counterMapper.run({
    link,
    signal: stop.signal,
    clock,
    transports,
    log: silentLog,
  });
  await clock.advance(100);
  await play({ link, clock, heard });
  stop.abort();
  await clock.advance(3000);
  await running;
}

test("ON goes down as a command, the count comes up in the same property", async () => {
  await playCounter({ ON: "OK", "VALUE?": "42" }, async ({ link, clock, heard }) => {
    link.setDesired(COUNTER, "status", "ON", 2);
    await clock.advance(3000);
    const { actual, outcome } = link.twin(COUNTER, "status") ?? {};
    assert.equal(actual?.value, "42");
    assert.deepEqual([outcome?.phase, outcome?.generation], ["Applied", 2]);
    assert.equal(heard.filter((command) => command === "ON").length, 1);
    assert.equal(link.state(COUNTER), "online");
  });
});

test("what the counter does not know is Rejected in its own words", async () => {
  await playCounter({ "VALUE?": "0" }, async ({ link, clock }) => {
    link.setDesired(COUNTER, "status", "BLINK", 2);
    await clock.advance(1000);
    const { outcome } = link.twin(COUNTER, "status") ?? {};
    assert.equal(outcome?.phase, "Rejected");
    assert.equal(outcome?.message, 'counter answered "ERR unknown command" to "BLINK"');
  });
});

test("an answer that is no count is Bad, not a value", async () => {
  const answers: Record<string, string> = { "VALUE?": "7" };
  await playCounter(answers, async ({ link, clock }) => {
    answers["VALUE?"] = "seven";
    await clock.advance(2000);
    const { actual } = link.twin(COUNTER, "status") ?? {};
    assert.deepEqual([actual?.value, actual?.metadata?.quality], ["7", "Bad"]);
    assert.equal(actual?.metadata?.reason, "protocolError");
  });
});
