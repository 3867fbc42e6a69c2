import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { test } from "node:test";
import { createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { until } from "../testing/running-bus.ts";
import { ExternalBroker } from "./external-broker.ts";
import { externalSettings } from "./external-settings.ts";

const ATTEMPTS = 150;
/** CONNACK "server unavailable", and one of welcome (MQTT 3.1.1 §3.2) */
const UNAVAILABLE = Buffer.of(0x20, 2, 0, 3);
const WELCOME = Buffer.of(0x20, 2, 0, 0);

/** Waits no time, and notes how long it should have been. */
class HastyClock extends RealClock {
  readonly waits: number[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(ms);
    return super.sleep(0, signal);
  }
}

async function listenOn(server: Server, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

function dial(port: number, seed: number) {
  const clock = new HastyClock();
  const log = new MemoryLog();
  const broker = new ExternalBroker({
    settings: externalSettings.parse({ url: `mqtt://127.0.0.1:${port}` }),
    node: "edge-1",
    traffic: { receive: (_topic, _payload, acknowledge) => acknowledge() },
    announcements: new Map(),
    topics: { filters: [] },
    clock,
    random: createRandom(seed),
    log,
  });
  return { broker, clock, log };
}

test("hundreds of attempts in a row: ever longer and never alike waits, up to half a minute", async (t) => {
  let asked = 0;
  let isReady = false;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      asked += 1;
      // Hangs up before it says anything, or refuses.
      if (isReady) socket.write(WELCOME);
      else if (asked % 60 < 4) socket.end(UNAVAILABLE);
      else socket.destroy();
    });
    t.after(() => socket.destroy());
  });
  const port = await listenOn(server);
  t.after(() => server.close());
  const [one, other] = [dial(port, 1), dial(port, 2)];
  for (const { broker } of [one, other]) {
    await broker.start(t.signal);
    t.after(() => broker.stop());
  }
  await until("the attempts", () => one.clock.waits.length >= ATTEMPTS / 2, 30_000);
  const handles = () => process.getActiveResourcesInfo().length;
  const before = handles();
  await until("as many again", () => one.clock.waits.length >= ATTEMPTS, 30_000);
  assert.ok(handles() < before + 50, `${before} handles, then ${handles()}`);

  const { waits } = one.clock;
  const late = waits.slice(10);
  assert.ok(Math.max(...waits.slice(0, 3)) <= 1_000, `${waits.slice(0, 3)}`);
  assert.ok(Math.max(...late) <= 30_000 && Math.max(...late) > 20_000, `${Math.max(...late)}`);
  assert.ok(new Set(late).size > late.length * 0.9, "the waits are drawn, each anew");
  assert.notDeepEqual(waits.slice(0, 20), other.clock.waits.slice(0, 20), "two edges part");
  const told = one.log.entries.filter(({ message }) => message.includes("trying for ever"));
  const reasons = told.map(({ fields }) => fields?.error);
  assert.deepEqual(reasons, [...new Set(reasons)], "each reason once, however they take turns");
  assert.equal(reasons.length, 2);

  isReady = true;
  await until("both are connected", () =>
    [one, other].every(({ log }) =>
      log.entries.some(({ message }) => message === "MQTT broker connected"),
    ),
  );
});

test("a broker that answers nothing does not hold up the stop of the edge", async (t) => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(WELCOME)).resume();
    t.after(() => socket.destroy());
  });
  const port = await listenOn(server);
  t.after(() => server.close());
  const { broker, log } = dial(port, 1);
  await broker.start(t.signal);
  await until("the connection", () => log.entries.length > 0);
  let isStopped = false;
  void broker.stop().then(() => {
    isStopped = true;
  });
  // mqtt.js gives up by itself after one and a half keepalives, 22 seconds.
  await until("the stop", () => isStopped);
});
