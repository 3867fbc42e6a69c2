import type { DeviceId, MsgTwin, PropertyRefusal } from "@mapperkit/api";
import { MemoryTwinLink } from "../twin-link/memory-twin-link.ts";

/** The edge of one program: twins in memory, and word of each report. */
export class LocalEdge extends MemoryTwinLink {
  readonly #listeners = new Set<() => void>();

  override async report(
    id: DeviceId,
    twin: Readonly<Record<string, MsgTwin>>,
  ): Promise<Readonly<Record<string, PropertyRefusal>>> {
    const refusals = await super.report(id, twin);
    // Nobody asks for what was told before.
    this.reports.length = 0;
    for (const hear of [...this.#listeners]) hear();
    return refusals;
  }

  /** Hears that something was reported, until the result is called. */
  listen(hear: () => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }
}
