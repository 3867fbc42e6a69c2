import type { RuleTopicStore } from "./rule-topics.ts";

/** For tests: durable as long as the object lives. */
export class MemoryRuleTopicStore implements RuleTopicStore {
  readonly #topics = new Set<string>();

  async load(): Promise<readonly string[]> {
    return [...this.#topics];
  }

  async add(topic: string): Promise<void> {
    this.#topics.add(topic);
  }

  async remove(topic: string): Promise<void> {
    this.#topics.delete(topic);
  }
}
