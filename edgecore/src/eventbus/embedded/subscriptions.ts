import { matchesFilter } from "./topic-filter.ts";

/** Who listens to what: tells in which forms of a topic somebody wants to hear of a device. */
export class Subscriptions {
  readonly #byClient = new Map<string, Set<string>>();
  /** Every filter with the number of its clients. */
  readonly #filters = new Map<string, number>();
  readonly #answers = new Map<string, boolean>();

  add(client: string, filter: string): void {
    const filters = this.#byClient.get(client) ?? new Set();
    this.#byClient.set(client, filters);
    if (filters.has(filter)) return;
    filters.add(filter);
    this.#filters.set(filter, (this.#filters.get(filter) ?? 0) + 1);
    this.#answers.clear();
  }

  remove(client: string, filter: string): void {
    const filters = this.#byClient.get(client);
    if (!filters?.delete(filter)) return;
    if (filters.size === 0) this.#byClient.delete(client);
    const count = (this.#filters.get(filter) ?? 1) - 1;
    if (count > 0) this.#filters.set(filter, count);
    else this.#filters.delete(filter);
    this.#answers.clear();
  }

  /**
   * Whether somebody hears `topic` who does not hear `other` by the same subscription; so nobody
   * gets a message twice because a wildcard covers both forms of its topic.
   */
  wantsBeside(topic: string, other: string): boolean {
    const known = this.#answers.get(topic);
    if (known !== undefined) return known;
    let answer = false;
    for (const filter of this.#filters.keys()) {
      answer ||= matchesFilter(filter, topic) && !matchesFilter(filter, other);
    }
    this.#answers.set(topic, answer);
    return answer;
  }
}
