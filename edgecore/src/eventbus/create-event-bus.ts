import type { Clock, Log, Random } from "@mapperkit/runtime";
import { type EdgeMetrics, noMetrics } from "../monitoring/edge-metrics.ts";
import type { BusBroker, BusTraffic } from "./bus-broker.ts";
import { EmbeddedBroker } from "./embedded/embedded-broker.ts";
import { type DeviceRequests, EventBus } from "./event-bus.ts";
import { ExternalBroker } from "./external/external-broker.ts";
import { embeddedPort, type MqttSettings } from "./mqtt-settings.ts";
import type { PublicationQueue } from "./publication-queue.ts";
import { CloudUploads } from "./user/cloud-uploads.ts";
import type { RuleOutbox } from "./user/rule-outbox.ts";
import { type RuleTopicStore, RuleTopics } from "./user/rule-topics.ts";

export interface EventBusOptions {
  readonly node: string;
  readonly settings: MqttSettings;
  /** The folder in which the broker keeps the sessions of its clients. */
  readonly dataDir: string;
  readonly requests: DeviceRequests;
  readonly publications: PublicationQueue;
  readonly ruleTopics: RuleTopicStore;
  readonly outbox?: RuleOutbox;
  /** Of the sessions; `normal` may lose the last moments when the power fails. */
  readonly durability?: "full" | "normal";
  readonly metrics?: EdgeMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The eventbus with the brokers that its settings ask for. */
export function createEventBus(options: EventBusOptions): EventBus {
  const { settings, durability = "full", metrics = noMetrics } = options;
  const topics = new RuleTopics(options.ruleTopics);
  const uploads = new CloudUploads(options);
  const announcements = new Map<string, Buffer>();
  const makeBrokers = (traffic: BusTraffic): BusBroker[] => {
    const brokers: BusBroker[] = [];
    if (settings.mode !== "external") {
      const port = embeddedPort(settings);
      brokers.push(new EmbeddedBroker({ ...options, port, traffic, durability, metrics }));
    }
    if (settings.mode !== "internal") {
      const external = { ...options, settings: settings.external, traffic, announcements, topics };
      brokers.push(new ExternalBroker(external));
    }
    return brokers;
  };
  return new EventBus({ ...options, topics, uploads, announcements, makeBrokers });
}
