import {
  type Clock,
  type Component,
  ComponentGroup,
  type Log,
  type Random,
} from "@mapperkit/runtime";
import { EdgeDatabase } from "./database/edge-database.ts";
import { DeviceTwins } from "./devicetwin/device-twins.ts";
import { SqliteTwinStore } from "./devicetwin/store/sqlite-twin-store.ts";
import type { EdgeCoreConfig } from "./edge-core-config.ts";
import { EdgeHub } from "./edgehub/edge-hub.ts";
import { EventBus } from "./eventbus/event-bus.ts";
import { PublicationQueue } from "./eventbus/publication-queue.ts";
import { MetaManager } from "./metamanager/meta-manager.ts";
import { SqliteMetaStore } from "./metamanager/sqlite-meta-store.ts";

export interface EdgeCoreParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface EdgeCore extends Component {
  /** The port of the MQTT broker, once started. */
  readonly mqttPort: number;
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

  const publications = new PublicationQueue();
  const database = new EdgeDatabase({
    folder: config.dataDir,
    node,
    durability: config.durability,
    clock,
    log: log("database"),
  });
  const twins = new DeviceTwins({
    store: new SqliteTwinStore(database),
    publisher: publications,
    maxValueBytes: config.maxValueBytes,
    clock,
    log: log("devicetwin"),
  });
  const objects = new MetaManager({
    store: new SqliteMetaStore(database),
    devices: twins,
    log: log("metamanager"),
  });
  const bus = new EventBus({
    node,
    ...config.mqtt,
    requests: twins,
    publications,
    log: log("eventbus"),
  });
  const { url } = config.cloud;
  const { heartbeatMs } = config;
  const hub = new EdgeHub({
    url,
    node,
    heartbeatMs,
    objects,
    twins,
    clock,
    random,
    log: log("edgehub"),
  });

  return new EdgeCoreGroup([database, twins, objects, bus, hub], bus);
}

class EdgeCoreGroup extends ComponentGroup implements EdgeCore {
  readonly #bus: EventBus;

  constructor(parts: readonly Component[], bus: EventBus) {
    super("edgecore", parts);
    this.#bus = bus;
  }

  get mqttPort(): number {
    return this.#bus.port;
  }
}
