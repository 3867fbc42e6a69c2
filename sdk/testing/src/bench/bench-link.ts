import type { DeviceAnnouncement, DeviceId, MsgTwin } from "@mapperkit/api";
import { type DeviceState, MemoryTwinLink, type TwinLink, type TwinListener } from "@mapperkit/sdk";

type Hear = (id: DeviceId) => void;

/** The edge of a bench: twins in memory, and word of every change of them. */
export class BenchLink implements TwinLink {
  readonly #inner = new MemoryTwinLink();
  readonly #listeners = new Set<Hear>();

  serve(listener: TwinListener, signal: AbortSignal): Promise<void> {
    return this.#inner.serve(listener, signal);
  }

  watch(id: DeviceId): () => void {
    return this.#inner.watch(id);
  }

  async report(id: DeviceId, twin: Readonly<Record<string, MsgTwin>>) {
    const refusals = await this.#inner.report(id, twin);
    this.#tell(id);
    return refusals;
  }

  async setState(id: DeviceId, state: DeviceState): Promise<void> {
    await this.#inner.setState(id, state);
    this.#tell(id);
  }

  announce(announcement: DeviceAnnouncement): void {
    this.#inner.announce(announcement);
  }

  remove(id: DeviceId): void {
    this.#inner.remove(id);
  }

  setDesired(id: DeviceId, property: string, value: string, generation: number): void {
    this.#inner.setDesired(id, property, value, generation);
  }

  /** Cuts or restores the way between mapper and edge. */
  setUp(isUp: boolean): void {
    this.#inner.setUp(isUp);
  }

  twin(id: DeviceId, property: string): MsgTwin | undefined {
    return this.#inner.twin(id, property);
  }

  state(id: DeviceId): DeviceState | undefined {
    return this.#inner.state(id);
  }

  /** Hears the id of a device of which something changed, until the result is called. */
  listen(hear: Hear): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  #tell(id: DeviceId): void {
    for (const hear of [...this.#listeners]) hear(id);
  }
}
