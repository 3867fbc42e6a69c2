import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceAnnouncement, DeviceProperty, ModelProperty } from "@mapperkit/api";
import { type ByteStream, MemoryTransports, silentLog, VirtualClock } from "@mapperkit/runtime";
import { MemoryTwinLink } from "@mapperkit/sdk";
import { sensorMapper } from "./sensor-mapper.ts";

const SENSOR = "default/sensor";

function announce(model: ModelProperty[], properties: DeviceProperty[]): DeviceAnnouncement {
  const apiVersion = "devices.kubeedge.io/v1beta1";
  return {
    version: 1,
    generation: 1,
    device: {
      apiVersion,
      kind: "Device",
      metadata: { namespace: "default", name: "sensor" },
      spec: {
        deviceModelRef: { name: "sensor-model" },
        protocol: { protocolName: "sensor", configData: { port: "9600" } },
        properties,
      },
    },
    model: {
      apiVersion,
      kind: "DeviceModel",
      metadata: { namespace: "default", name: "sensor-model" },
      spec: { properties: model },
    },
  };
}

const announcement = announce(
  [
    { name: "temperature", type: "DOUBLE", accessMode: "ReadOnly" },
    { name: "pressure", type: "DOUBLE", accessMode: "ReadOnly" },
    { name: "interval", type: "INT", accessMode: "ReadWrite", minimum: "100" },
    { name: "id", type: "STRING", accessMode: "ReadWrite" },
  ],
  [
    { name: "temperature", visitors: { configData: { query: "TEMPERATURE?" } } },
    { name: "pressure", visitors: { configData: { query: "PRESSURE?" } } },
    {
      name: "interval",
      visitors: { configData: { query: "INTERVAL?", command: "INTERVAL", verify: "readback" } },
    },
    { name: "id", visitors: { configData: { query: "ID?" } } },
  ],
);

async function playSensor(
  play: (world: { link: MemoryTwinLink; clock: VirtualClock; heard: string[] }) => Promise<void>,
): Promise<void> {
  const clock = new VirtualClock(1_000_000);
  const link = new MemoryTwinLink();
  const transports = new MemoryTransports();
  const heard: string[] = [];
  let interval = "1000";
  const answer = (command: string) => {
    if (command === "TEMPERATURE?") return "21.37";
    if (command === "INTERVAL?") return interval;
    if (command === "ID?") return "SN-1";
    if (!command.startsWith("INTERVAL ")) return "ERR unknown command";
    interval = command.slice("INTERVAL ".length);
    return "OK";
  };
  const serve = async (stream: ByteStream) => {
    for await (const bytes of stream.read()) {
      const command = new TextDecoder().decode(bytes).trim();
      heard.push(command);
      await stream.write(new TextEncoder().encode(`${answer(command)}\n`));
    }
  };
  transports.listen("127.0.0.1", 9600, (stream) => {
    serve(stream).catch(() => undefined);
  });
  link.announce(announcement);
  const stop = new AbortController();
  const running = sensorMapper.run({
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

test("each property is asked for with its own query and reported in its type", async () => {
  await playSensor(async ({ link }) => {
    assert.equal(link.twin(SENSOR, "temperature")?.actual?.value, "21.37");
    assert.equal(link.twin(SENSOR, "temperature")?.metadata?.type, "float");
    assert.equal(link.twin(SENSOR, "interval")?.actual?.value, "1000");
    assert.equal(link.twin(SENSOR, "pressure"), undefined);
    assert.equal(link.state(SENSOR), "online");
  });
});

test("the interval is set with its command and proved by reading it back", async () => {
  await playSensor(async ({ link, clock, heard }) => {
    link.setDesired(SENSOR, "interval", "500", 2);
    await clock.advance(1500);
    assert.ok(heard.includes("INTERVAL 500"));
    const { actual, outcome } = link.twin(SENSOR, "interval") ?? {};
    assert.deepEqual(
      [actual?.value, outcome?.phase, outcome?.reason],
      ["500", "Applied", "ReadBack"],
    );
  });
});

test("what the model forbids, or has no command, is Rejected", async () => {
  await playSensor(async ({ link, clock, heard }) => {
    link.setDesired(SENSOR, "temperature", "30", 2);
    link.setDesired(SENSOR, "interval", "5", 3);
    link.setDesired(SENSOR, "id", "SN-2", 4);
    await clock.advance(1500);
    const reasons = ["temperature", "interval", "id"].map(
      (property) => link.twin(SENSOR, property)?.outcome?.reason,
    );
    assert.deepEqual(reasons, ["ReadOnlyProperty", "OutOfRange", "NotSupported"]);
    assert.ok(heard.every((command) => command.endsWith("?")));
  });
});
