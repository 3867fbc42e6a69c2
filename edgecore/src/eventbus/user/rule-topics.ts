import { matchesFilter } from "../embedded/routing/topic-filter.ts";

/** Table `sub_topics` (edge-storage §4.1): what rules in the cloud listen to, over restarts. */
export interface RuleTopicStore {
  load(): Promise<readonly string[]>;
  /** Resolves when durable. */
  add(topic: string): Promise<void>;
  remove(topic: string): Promise<void>;
}

/** What goes to the cloud whether a rule asks or not (mqtt-topics §2.2). */
export const UPLOAD_FILTERS = [
  "$hw/events/upload/#",
  "SYS/dis/upload_records",
  "+/user/#",
] as const;

/** Which messages of MQTT clients go to the cloud. */
export class RuleTopics {
  readonly #store: RuleTopicStore;
  readonly #exact = new Set<string>();
  readonly #wild = new Set<string>();

  constructor(store: RuleTopicStore) {
    this.#store = store;
  }

  async load(): Promise<void> {
    for (const topic of await this.#store.load()) this.#setOf(topic).add(topic);
  }

  /** The filters that a broker has to be asked for. */
  get filters(): string[] {
    return [...UPLOAD_FILTERS, ...this.#exact, ...this.#wild];
  }

  async add(topic: string): Promise<void> {
    this.#setOf(topic).add(topic);
    await this.#store.add(topic);
  }

  /** False if no rule had asked for it. */
  async remove(topic: string): Promise<boolean> {
    const isKnown = this.#setOf(topic).delete(topic);
    if (isKnown) await this.#store.remove(topic);
    return isKnown;
  }

  wants(topic: string): boolean {
    if (this.#exact.has(topic)) return true;
    for (const filter of UPLOAD_FILTERS) if (matchesFilter(filter, topic)) return true;
    for (const filter of this.#wild) if (matchesFilter(filter, topic)) return true;
    return false;
  }

  #setOf(topic: string): Set<string> {
    return /[+#]/.test(topic) ? this.#wild : this.#exact;
  }
}
