import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { announcementTopic, deviceTopic } from "@mapperkit/api";
import { listen, MemoryLog, RealClock } from "@mapperkit/runtime";
import { Aedes } from "aedes";
import fc from "fast-check";
import { EdgeOnMqtt } from "../fixtures/edge-on-mqtt.ts";
import { announceLamp, lineMapper } from "../fixtures/line-mapper.ts";
import { until } from "../fixtures/until.ts";

const LAMP = "default/lamp";
const clock = new RealClock();

/** A lamp on a real socket. It forgets its value when it is killed. */
class TcpLamp {
  power = "OFF";
  readonly writes: string[] = [];
  port = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  async start(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => {
        for (const command of bytes.toString().trim().split("\n")) {
          socket.write(`${this.#answer(command)}\n`);
        }
      });
    });
    this.#server = server;
    this.port = await listen(server, { host: "127.0.0.1", port: this.port, whenTaken: "fail" });
  }

  async kill(): Promise<void> {
    this.power = "OFF";
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await new Promise<void>((done) => this.#server?.close(() => done()));
  }

  #answer(command: string): string {
    if (command === "power?") return this.power;
    this.writes.push(command);
    this.power = command.slice("power ".length);
    return "OK";
  }
}

async function playOverMqtt(
  play: (world: { edge: EdgeOnMqtt; lamp: TcpLamp; log: MemoryLog }) => Promise<void>,
): Promise<void> {
  await using edge = new EdgeOnMqtt(() => Aedes.createBroker());
  const lamp = new TcpLamp();
  await edge.start();
  await lamp.start();
  const configData = { host: "127.0.0.1", port: lamp.port };
  const properties = [{ name: "power", collectCycle: 50 }];
  await edge.announce(announceLamp({ configData, properties }));
  const stop = new AbortController();
  const log = new MemoryLog();
  const running = lineMapper.run({ link: edge.url, signal: stop.signal, log, clock });
  try {
    await play({ edge, lamp, log });
  } finally {
    stop.abort();
    await running;
    await lamp.kill();
  }
}

const powerOf = (edge: EdgeOnMqtt) => edge.twins.get(LAMP)?.power;

test("a value goes down and up; a killed device comes back to its desired value", async () => {
  await playOverMqtt(async ({ edge, lamp }) => {
    await until(clock, "online", () => edge.states.get(LAMP) === "online");
    await edge.setDesired(LAMP, "power", "ON", 2);
    await until(clock, "the write", () => lamp.power === "ON");
    await until(clock, "Applied", () => powerOf(edge)?.outcome?.phase === "Applied");
    await until(clock, "reported", () => powerOf(edge)?.actual?.value === "ON");
    await lamp.kill();
    await until(clock, "offline", () => edge.states.get(LAMP) === "offline");
    await lamp.start();
    await until(clock, "the write anew", () => lamp.power === "ON");
    await until(clock, "online again", () => edge.states.get(LAMP) === "online");
    assert.deepEqual(lamp.writes, ["power ON", "power ON"]);
  });
});

test("after a restart of the broker desired arrives and reports go on", async () => {
  await playOverMqtt(async ({ edge, lamp }) => {
    await until(clock, "first report", () => powerOf(edge)?.actual?.value === "OFF");
    await edge.stop();
    edge.states.clear();
    edge.twins.set(LAMP, { power: { expected: { value: "ON", metadata: { generation: 5 } } } });
    await edge.start();
    await until(clock, "the write", () => lamp.power === "ON");
    await until(clock, "Applied", () => powerOf(edge)?.outcome?.generation === 5);
    await until(clock, "reported", () => powerOf(edge)?.actual?.value === "ON");
    await until(clock, "the state anew", () => edge.states.get(LAMP) === "online");
    assert.deepEqual(lamp.writes, ["power ON"]);
  });
});

test("a mapper that starts before the broker waits for it", async () => {
  await using edge = new EdgeOnMqtt(() => Aedes.createBroker());
  await edge.start();
  await edge.stop();
  const stop = new AbortController();
  const log = new MemoryLog();
  const running = lineMapper.run({ link: edge.url, signal: stop.signal, log, clock });
  await edge.announce(announceLamp({ configData: { host: "127.0.0.1", port: 1 } }));
  await edge.start();
  await until(clock, "the device's state", () => edge.states.get(LAMP) === "offline");
  stop.abort();
  await running;
});

test("whatever arrives on its topics, the mapper goes on", async () => {
  await playOverMqtt(async ({ edge, lamp }) => {
    await until(clock, "online", () => edge.states.get(LAMP) === "online");
    const topics = [
      announcementTopic("edge", LAMP),
      announcementTopic("edge", "default/other"),
      "$hw/events/node/edge/devices/a/b/c",
      "$hw/events/node/edge/devices",
      deviceTopic(LAMP, "twin/update/document"),
      deviceTopic(LAMP, "twin/update/delta"),
      deviceTopic(LAMP, "twin/update/result"),
      deviceTopic(LAMP, "twin/get/result"),
    ];
    const body = fc.oneof(
      fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ event_id: fc.string(), twin: fc.jsonValue() })
        .map((m) => Buffer.from(JSON.stringify(m))),
    );
    const messages = fc.sample(fc.tuple(fc.constantFrom(...topics), body), {
      numRuns: 400,
      seed: 7,
    });
    for (const [topic, payload] of messages) await edge.publish(topic, payload);
    await edge.setDesired(LAMP, "power", "ON", 9);
    await until(clock, "the write", () => lamp.power === "ON");
    await until(clock, "Applied", () => powerOf(edge)?.outcome?.phase === "Applied");
  });
});
