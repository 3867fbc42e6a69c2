import type { DeviceId, MsgTwin } from "@mapperkit/api";
import { MAX_WAITING, type ReportBuffer, type WaitingSample } from "./report-buffer.ts";

/** A buffer that lives as long as its process. */
export class MemoryBuffer implements ReportBuffer {
  readonly #max: number;
  /** In the order in which they came. */
  readonly #samples = new Map<number, WaitingSample & { readonly device: DeviceId }>();
  /** By device, then by property, the samples in order. */
  readonly #queues = new Map<DeviceId, Map<string, number[]>>();
  #nextId = 1;
  #dropped = 0;

  constructor(max: number = MAX_WAITING) {
    this.#max = max;
  }

  get depth(): number {
    return this.#samples.size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(device: DeviceId, property: string, change: MsgTwin): void {
    const id = this.#nextId++;
    this.#samples.set(id, { id, device, property, change });
    const queues = this.#queues.get(device) ?? new Map<string, number[]>();
    this.#queues.set(device, queues);
    const queue = queues.get(property);
    if (queue) queue.push(id);
    else queues.set(property, [id]);
    if (this.#samples.size > this.#max) this.#dropOldest();
  }

  first(device: DeviceId): readonly WaitingSample[] {
    return [...(this.#queues.get(device)?.values() ?? [])].flatMap(([id]) => {
      return id === undefined ? [] : (this.#samples.get(id) ?? []);
    });
  }

  settle(_: DeviceId, samples: readonly WaitingSample[]): void {
    for (const { id } of samples) this.#remove(id);
  }

  keepLatest(): void {
    // Whoever asks holds it himself for as long as this process lives.
  }

  latest(): ReadonlyMap<string, MsgTwin> {
    return new Map();
  }

  close(): void {
    // Nothing is open.
  }

  #dropOldest(): void {
    const [oldest] = this.#samples.keys();
    if (oldest === undefined) return;
    this.#remove(oldest);
    this.#dropped += 1;
  }

  #remove(id: number): void {
    const sample = this.#samples.get(id);
    if (!sample) return;
    this.#samples.delete(id);
    const queues = this.#queues.get(sample.device);
    const queue = queues?.get(sample.property);
    if (queue?.[0] === id) queue.shift();
    if (queue?.length === 0) queues?.delete(sample.property);
  }
}
