import {
  type Device,
  type DeviceId,
  type Envelope,
  parsePartialTwinUpdate,
  parseStateUpdate,
} from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { DeviceCatalog } from "../device-catalog.ts";
import { reportConfirmed } from "../downstream/device-messages.ts";
import type { EdgeLink } from "../edge-link.ts";
import { kubernetesTime } from "../status/kubernetes-time.ts";
import type { DeviceMemories } from "./device-memories.ts";
import type { DeviceMemory } from "./device-memory.ts";
import { learnVersions } from "./learn-versions.ts";

/** Who speaks to KubeEdge's edges in their way. */
export interface StockEdges {
  isStock(node: string): boolean;
  /** The edge expects another value than is desired: tell it once more. */
  repeatTwins(node: string, id: DeviceId): void;
}

/**
 * Takes the reports of edges into the devices' memories. What can never reach Kubernetes is
 * confirmed with a log line, so that its edge does not send it for ever.
 */
export class Upstream {
  /** Reports about devices that are not the node's, or that cannot be read. */
  refusedReports = 0;
  readonly #catalog: DeviceCatalog;
  readonly #memories: DeviceMemories;
  readonly #link: EdgeLink;
  readonly #onReport: (id: DeviceId) => void;
  readonly #stock: StockEdges;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(options: {
    catalog: DeviceCatalog;
    memories: DeviceMemories;
    link: EdgeLink;
    onReport: (id: DeviceId) => void;
    stock: StockEdges;
    clock: Clock;
    log: Log;
  }) {
    this.#catalog = options.catalog;
    this.#memories = options.memories;
    this.#link = options.link;
    this.#onReport = options.onReport;
    this.#stock = options.stock;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  twinReported(node: string, id: DeviceId, message: Envelope): void {
    this.#take(node, id, message, (device, memory) =>
      this.#takeTwin({ device, memory, node, id }, message.content),
    );
  }

  stateReported(node: string, id: DeviceId, message: Envelope): void {
    this.#take(node, id, message, (_, memory) => {
      const update = parseStateUpdate(message.content);
      const said = "lastOnlineTime" in update ? update.lastOnlineTime : undefined;
      const now = update.state === "online" ? this.#now() : memory.lastOnlineTime;
      memory.reportState(update.state, typeof said === "string" ? said : now);
    });
  }

  #take(
    node: string,
    id: DeviceId,
    message: Envelope,
    take: (device: Device, memory: DeviceMemory) => void,
  ): void {
    const messageId = message.header.msg_id;
    const device = this.#catalog.device(id);
    if (!device || device.spec?.nodeName !== node) {
      const reason = device ? "the device belongs to another node" : "there is no such device";
      this.refusedReports += 1;
      this.#log.warn("a report was dropped", { node, device: id, reason });
      this.#link.send(node, reportConfirmed(this.#clock.now(), messageId));
      return;
    }
    const memory = this.#memories.of(device);
    try {
      take(device, memory);
    } catch (error) {
      this.refusedReports += 1;
      this.#log.warn("a report was dropped", { node, device: id, error });
      this.#link.send(node, reportConfirmed(this.#clock.now(), messageId));
      return;
    }
    memory.await({ node, messageId });
    this.#onReport(id);
  }

  #takeTwin(
    about: { device: Device; memory: DeviceMemory; node: string; id: DeviceId },
    content: unknown,
  ): void {
    const { device, memory, node, id } = about;
    const { update, refused } = parsePartialTwinUpdate(content);
    const model = this.#catalog.modelOf(device);
    const { properties } = memory.judgement.of(device, model);
    for (const [property, { reason }] of Object.entries(refused)) {
      this.#log.warn("a report of a property was dropped", { device: id, property, reason });
    }
    if (this.#stock.isStock(node) && learnVersions(device, memory, update.twin)) {
      this.#log.info("an edge holds newer versions, desired values are sent again", {
        node,
        device: id,
      });
      this.#stock.repeatTwins(node, id);
    }
    for (const [property, twin] of Object.entries(update.twin)) {
      // Without its model nobody can say what a device has.
      if (model && !properties.has(property)) {
        this.#log.warn("a report of an unknown property was dropped", { device: id, property });
      } else if (twin) {
        memory.report(property, twin);
      }
    }
  }

  #now(): string {
    return kubernetesTime(this.#clock.now());
  }
}
