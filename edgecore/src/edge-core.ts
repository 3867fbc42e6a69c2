import {
  type Clock,
  type Component,
  ComponentGroup,
  type Log,
  type Random,
} from "@mapperkit/runtime";
import { EdgeDatabase } from "./database/edge-database.ts";
import { DeviceTwins } from "./devicetwin/device-twins.ts";
import type { LocalTwinLink } from "./devicetwin/local/local-twin-link.ts";
import { SqliteTwinStore } from "./devicetwin/store/sqlite-twin-store.ts";
import type { EdgeCoreConfig } from "./edge-core-config.ts";
import { NodeAgent } from "./edged/node-agent.ts";
import { readNodeFacts } from "./edged/node-facts.ts";
import { CloudCalls } from "./edgehub/cloud-calls.ts";
import { EdgeHub } from "./edgehub/edge-hub.ts";
import { EdgeInventory } from "./edgehub/edge-inventory.ts";
import { secureLink } from "./edgehub/secure-link.ts";
import { createEventBus } from "./eventbus/create-event-bus.ts";
import type { EventBus } from "./eventbus/event-bus.ts";
import { PublicationQueue } from "./eventbus/publication-queue.ts";
import { RuleOutbox } from "./eventbus/user/rule-outbox.ts";
import { SqliteRuleOutboxStore } from "./eventbus/user/sqlite-rule-outbox-store.ts";
import { SqliteRuleTopicStore } from "./eventbus/user/sqlite-rule-topic-store.ts";
import { MetaManager } from "./metamanager/meta-manager.ts";
import { SqliteMetaStore } from "./metamanager/sqlite-meta-store.ts";
import { noMetrics } from "./monitoring/edge-metrics.ts";
import { EdgeMonitoring } from "./monitoring/edge-monitoring.ts";
import { ServiceBus } from "./servicebus/service-bus.ts";

export interface EdgeCoreParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface EdgeCore extends Component {
  /** The port of the MQTT broker, once started. */
  readonly mqttPort: number;
  /** A way to the twins for one mapper of this process; what it says needs no broker. */
  openTwinLink(): LocalTwinLink;
  /** The port of metrics and health, once started; `undefined` when they are not served. */
  readonly monitoringPort: number | undefined;
}

/**
 * The edge: edgehub – metamanager – devicetwin – eventbus over one SQLite file. Started, it serves
 * its devices whether or not there is a cloud.
 * @throws MapperkitError `invalid_input` from start() if dataDir or the MQTT port cannot be used.
 */
export function createEdgeCore(config: EdgeCoreConfig, parts: EdgeCoreParts): EdgeCore {
  const { clock, random } = parts;
  const { node } = config;
  const log = (component: string) => parts.log.child({ component });

  const monitoring = config.monitoring?.enabled
    ? new EdgeMonitoring(config.monitoring, { clock, log: log("monitoring") })
    : undefined;
  const metrics = monitoring?.metrics ?? noMetrics;
  const publications = new PublicationQueue();
  const database = new EdgeDatabase({
    folder: config.dataDir,
    node,
    durability: config.durability,
    clock,
    log: log("database"),
    metrics,
  });
  const twins = new DeviceTwins({
    store: new SqliteTwinStore(database, log("devicetwin")),
    publisher: publications,
    audience: { hears: (device, action) => bus.hears(device, action) },
    maxValueBytes: config.maxValueBytes,
    offlineAfterMs: config.liveness.offlineAfterMs,
    maxOutboxSamples: config.outbox.maxSamples,
    clock,
    log: log("devicetwin"),
  });
  const objects = new MetaManager({
    store: new SqliteMetaStore(database),
    devices: twins,
    log: log("metamanager"),
  });
  const outbox = new RuleOutbox({
    store: new SqliteRuleOutboxStore(database),
    clock,
    random,
    log: log("rule-outbox"),
  });
  const bus = createEventBus({
    node,
    settings: config.mqtt,
    dataDir: config.dataDir,
    requests: monitoring?.metered(twins) ?? twins,
    publications,
    outbox,
    ruleTopics: new SqliteRuleTopicStore(database),
    durability: config.durability,
    metrics,
    clock,
    random,
    log: log("eventbus"),
  });
  const services = new ServiceBus({
    node,
    settings: config.serviceBus,
    clock,
    log: log("servicebus"),
  });
  const { url } = config.cloud;
  const { heartbeatMs } = config;
  const secure = secureLink(config.cloud, { node, clock, random, log: log("join") });
  const calls = new CloudCalls({ clock });
  const agent = new NodeAgent({
    node,
    cloud: calls,
    readFacts: readNodeFacts,
    clock,
    random,
    log: log("edged"),
  });
  const hub = new EdgeHub({
    url,
    node,
    others: [calls, agent, bus.uploads, services, outbox],
    answers: { settle: (answer) => outbox.settle(answer) || calls.settle(answer) },
    users: { take: async (order) => (await services.take(order)) || bus.orders.take(order) },
    inventory: new EdgeInventory(database),
    ...(secure && { credentials: secure.credentials }),
    heartbeatMs,
    objects,
    twins,
    clock,
    random,
    log: log("edgehub"),
    metrics,
  });

  monitoring?.watch({ database, twins, bus, hub });
  const renewal = secure?.renewal(() => hub.redial("the node's certificate was renewed"));
  const modules = [
    database,
    twins,
    objects,
    outbox,
    bus,
    services,
    hub,
    agent,
    ...(renewal ? [renewal] : []),
  ];
  const openTwinLink = () => twins.openLink(node, monitoring?.localTally);
  const components = monitoring ? [monitoring, ...modules] : modules;
  return new EdgeCoreGroup(components, { bus, monitoring, openTwinLink });
}

class EdgeCoreGroup extends ComponentGroup implements EdgeCore {
  readonly #bus: EventBus;
  readonly #monitoring: EdgeMonitoring | undefined;
  readonly openTwinLink: () => LocalTwinLink;

  constructor(
    parts: readonly Component[],
    given: {
      bus: EventBus;
      monitoring: EdgeMonitoring | undefined;
      openTwinLink: () => LocalTwinLink;
    },
  ) {
    super("edgecore", parts);
    this.#bus = given.bus;
    this.#monitoring = given.monitoring;
    this.openTwinLink = given.openTwinLink;
  }

  get monitoringPort(): number | undefined {
    return this.#monitoring?.port;
  }

  get mqttPort(): number {
    return this.#bus.port;
  }
}
