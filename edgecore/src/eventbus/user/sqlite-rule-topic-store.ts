import type { EdgeDatabase } from "../../database/edge-database.ts";
import type { RuleTopicStore } from "./rule-topics.ts";

export class SqliteRuleTopicStore implements RuleTopicStore {
  readonly #database: EdgeDatabase;

  constructor(database: EdgeDatabase) {
    this.#database = database;
  }

  async load(): Promise<readonly string[]> {
    return (await this.#database.rows("subTopics")).map(([topic]) => String(topic));
  }

  add(topic: string): Promise<void> {
    return this.#database.commit([{ statement: "putSubTopic", values: [topic] }]);
  }

  remove(topic: string): Promise<void> {
    return this.#database.commit([{ statement: "dropSubTopic", values: [topic] }]);
  }
}
