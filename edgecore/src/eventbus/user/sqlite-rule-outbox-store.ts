import type { EdgeDatabase } from "../../database/edge-database.ts";
import type { RuleOutboxStore, StoredMessage } from "./rule-outbox.ts";

export class SqliteRuleOutboxStore implements RuleOutboxStore {
  readonly #database: EdgeDatabase;

  constructor(database: EdgeDatabase) {
    this.#database = database;
  }

  async load(): Promise<readonly StoredMessage[]> {
    await this.#database.commit([{ statement: "makeRuleOutbox", values: [] }]);
    const rows = await this.#database.rows("ruleOutbox");
    return rows.map(([sequence, key, topic, body]) => ({
      sequence: Number(sequence),
      key: String(key),
      topic: String(topic),
      payload: Buffer.from(String(body), "base64"),
    }));
  }

  put({ sequence, key, topic, payload }: StoredMessage): Promise<void> {
    const values = [sequence, key, topic, payload.toString("base64")];
    return this.#database.commit([{ statement: "putRuleMessage", values }]);
  }

  drop(sequence: number): Promise<void> {
    return this.#database.commit([{ statement: "dropRuleMessage", values: [sequence] }]);
  }
}
