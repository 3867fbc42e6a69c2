import type { Device, DeviceId, MsgTwin } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { DeviceCatalog } from "../device-catalog.ts";
import type { EdgeLink } from "../edge-link.ts";
import type { DeviceMemories } from "../upstream/device-memories.ts";
import { memberOf, membershipChanged } from "./device-messages.ts";
import type { NodeView } from "./node-view.ts";
import { probeTwins, stockTwins, twinsKey } from "./stock-twins.ts";

/** Takes desired values to stock edges, which know them from membership messages only (device-api.md 12). */
export class StockDesired {
  readonly #catalog: DeviceCatalog;
  readonly #memories: DeviceMemories;
  readonly #link: EdgeLink;
  readonly #onTwinsSent: (id: DeviceId) => void;
  readonly #clock: Clock;

  constructor(options: {
    catalog: DeviceCatalog;
    memories: DeviceMemories;
    link: EdgeLink;
    /** An edge was told desired values, which it does not confirm. */
    onTwinsSent: (id: DeviceId) => void;
    clock: Clock;
  }) {
    this.#catalog = options.catalog;
    this.#memories = options.memories;
    this.#link = options.link;
    this.#onTwinsSent = options.onTwinsSent;
    this.#clock = options.clock;
  }

  /** The edge must know the device already. Nothing happens when it was told the same before. */
  send(node: string, view: NodeView, id: DeviceId): void {
    const device = this.#catalog.device(id);
    if (!view.isStock || !device) return;
    const twin = this.#twinsOf(device);
    const key = twinsKey(twin);
    if (Object.keys(twin).length === 0 || view.twinsSent.get(id) === key) return;
    view.twinsSent.set(id, key);
    this.#sendMember(node, view, { id, device, twin });
    this.#onTwinsSent(id);
  }

  /**
   * Asks a stock edge once what it expects of a device, by a version that it must refuse: it answers
   * with its own (device-api.md 16). Only where it was told a value, and none is proven yet.
   */
  probe(node: string, view: NodeView, id: DeviceId): void {
    const device = this.#catalog.device(id);
    const sent = view.twinsSent.get(id);
    if (!device || !view.isStock || sent === undefined || view.probed.get(id) === sent) return;
    const twin = probeTwins(this.#twinsOf(device), device, this.#memories.of(device));
    if (Object.keys(twin).length === 0) return;
    view.probed.set(id, sent);
    this.#sendMember(node, view, { id, device, twin });
  }

  #sendMember(
    node: string,
    { release }: NodeView,
    { id, device, twin }: { id: DeviceId; device: Device; twin: Record<string, MsgTwin> },
  ): void {
    const added = { ...memberOf(id, device, release), twin };
    this.#link.send(node, membershipChanged(this.#clock.now(), { added }));
  }

  #twinsOf(device: Device): Record<string, MsgTwin> {
    const model = this.#catalog.modelOf(device);
    const memory = this.#memories.of(device);
    return stockTwins({ device, model, memory, now: this.#clock.now() });
  }
}
