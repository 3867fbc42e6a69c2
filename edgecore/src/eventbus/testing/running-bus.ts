import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom, type Log, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { type EdgeMetrics, noMetrics } from "../../monitoring/edge-metrics.ts";
import { createEventBus } from "../create-event-bus.ts";
import type { DeviceRequests, EventBus } from "../event-bus.ts";
import { mqttSettings } from "../mqtt-settings.ts";
import { PublicationQueue } from "../publication-queue.ts";
import { MemoryRuleTopicStore } from "../user/memory-rule-topic-store.ts";

/** The part of a test's context that ends what the test began. */
export interface Ending {
  after(work: () => Promise<unknown>): void;
  readonly signal: AbortSignal;
}

export interface RunningBus {
  readonly bus: EventBus;
  readonly publications: PublicationQueue;
  /** In it the next bus finds the sessions of this one. */
  readonly dataDir: string;
}

const nobody: DeviceRequests = { handle: () => undefined };

/** An eventbus on a free port, stopped with the test. */
export async function startBus(
  t: Ending,
  settings: object = {},
  options: { requests?: DeviceRequests; log?: Log; dataDir?: string; metrics?: EdgeMetrics } = {},
): Promise<RunningBus> {
  const publications = new PublicationQueue();
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "event-bus-")));
  const bus = createEventBus({
    node: "edge-1",
    settings: mqttSettings.parse({ port: 0, ...settings }),
    dataDir,
    requests: options.requests ?? nobody,
    publications,
    ruleTopics: new MemoryRuleTopicStore(),
    clock: new RealClock(),
    random: createRandom(1),
    metrics: options.metrics ?? noMetrics,
    log: options.log ?? silentLog,
  });
  t.after(async () => {
    await bus.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  await bus.start(t.signal);
  return { bus, publications, dataDir };
}

export interface Peer {
  readonly client: MqttClient;
  /** All that it heard, as `topic body`. */
  readonly heard: string[];
}

/** A client, gone with the test. */
export async function connect(
  t: Ending,
  port: number,
  filters: readonly string[] = [],
  options: IClientOptions = {},
): Promise<Peer> {
  const scheme = options.ca ? "mqtts" : "mqtt";
  const heard: string[] = [];
  const client = await connectAsync(`${scheme}://127.0.0.1:${port}`, {
    reconnectPeriod: 0,
    ...options,
  });
  client.on("error", () => {});
  client.on("message", (topic, body) => heard.push(`${topic} ${body}`));
  t.after(() => client.endAsync(true));
  if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 });
  return { client, heard };
}

export async function until(what: string, isSo: () => boolean, limitMs = 10_000): Promise<void> {
  const clock = new RealClock();
  const limit = clock.now() + limitMs;
  while (!isSo()) {
    assert.ok(clock.now() < limit, `waited ${limitMs} ms for ${what}`);
    await sleep(5);
  }
}

/** Everything said to the peer before has arrived when this comes back. */
export async function flushed({ client, heard }: Peer): Promise<void> {
  const topic = `flush/${client.options.clientId}`;
  await client.subscribeAsync(topic, { qos: 1 });
  await client.publishAsync(topic, "", { qos: 1 });
  await until("the end of what was sent", () => heard.includes(`${topic} `));
  heard.splice(heard.indexOf(`${topic} `), 1);
}
