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

/** Topics of a node are few and come again; a client that makes up new ones must not fill memory. */
const MAX_REMEMBERED = 10_000;

/** Which messages of MQTT clients go to the cloud. */
export class RuleTopics {
  readonly #store: RuleTopicStore;
  readonly #exact = new Set<string>();
  readonly #wild = new Set<string>();
  /** What was said of topics since the filters have changed */
  readonly #answers = new Map<string, boolean>();

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

  /** Whether a rule has asked for it. */
  isOfRule(topic: string): boolean {
    return this.#exact.has(topic) || [...this.#wild].some((filter) => matchesFilter(filter, topic));
  }

  /** All that rules have asked for. */
  get asked(): readonly string[] {
    return [...this.#exact, ...this.#wild];
  }

  wants(topic: string): boolean {
    const known = this.#answers.get(topic);
    if (known !== undefined) return known;
    const filters = [...UPLOAD_FILTERS, ...this.#wild];
    const answer = this.#exact.has(topic) || filters.some((filter) => matchesFilter(filter, topic));
    if (this.#answers.size >= MAX_REMEMBERED) this.#answers.clear();
    this.#answers.set(topic, answer);
    return answer;
  }

  #setOf(topic: string): Set<string> {
    this.#answers.clear();
    return /[+#]/.test(topic) ? this.#wild : this.#exact;
  }
}
