/** All that the edge says to its database, by name: main thread and worker share no SQL but this. */
export const STATEMENTS = {
  putMeta:
    "INSERT INTO meta (key, type, value) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET type = excluded.type, value = excluded.value",
  putNode:
    "INSERT INTO meta (key, type, value) VALUES ('edge', 'edge', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
  dropMeta: "DELETE FROM meta WHERE key = ?",
  putDevice:
    "INSERT INTO device (id, name, description, state, last_online, details) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, state = excluded.state, last_online = excluded.last_online, details = excluded.details, confirmed = 0",
  confirmState: "UPDATE device SET confirmed = 1 WHERE id = ?",
  unconfirmState: "UPDATE device SET confirmed = 0 WHERE id = ?",
  dropDevice: "DELETE FROM device WHERE id = ?",
  putTwin:
    "INSERT INTO device_twin (deviceid, name, body) VALUES (?, ?, ?) ON CONFLICT (deviceid, name) DO UPDATE SET body = excluded.body, confirmed = 0",
  confirmTwins:
    "UPDATE device_twin SET confirmed = 1 WHERE deviceid = ? AND name IN (SELECT value FROM json_each(?))",
  unconfirmTwins: "UPDATE device_twin SET confirmed = 0 WHERE deviceid = ?",
  dropTwins: "DELETE FROM device_twin WHERE deviceid = ?",
  putSample:
    "INSERT OR REPLACE INTO twin_history (deviceid, name, sequence, body) VALUES (?, ?, ?, ?)",
  trimSamples: "DELETE FROM twin_history WHERE deviceid = ? AND name = ? AND sequence <= ?",
  keepSamples:
    "DELETE FROM twin_history WHERE deviceid = ? AND name NOT IN (SELECT value FROM json_each(?))",
  dropSamples: "DELETE FROM twin_history WHERE deviceid = ?",
  putOutboxSample: "INSERT INTO sample_outbox (sequence, deviceid, name, body) VALUES (?, ?, ?, ?)",
  dropOutboxUpTo: "DELETE FROM sample_outbox WHERE sequence <= ?",
  dropOutboxOf: "DELETE FROM sample_outbox WHERE deviceid = ?",
  putSubTopic: "INSERT INTO sub_topics (topic) VALUES (?) ON CONFLICT DO NOTHING",
  dropSubTopic: "DELETE FROM sub_topics WHERE topic = ?",
  /** An edge without rules has no such table. */
  makeRuleOutbox:
    "CREATE TABLE IF NOT EXISTS rule_outbox (sequence INTEGER PRIMARY KEY, key TEXT NOT NULL, topic TEXT NOT NULL, body TEXT NOT NULL) STRICT",
  putRuleMessage: "INSERT INTO rule_outbox (sequence, key, topic, body) VALUES (?, ?, ?, ?)",
  dropRuleMessage: "DELETE FROM rule_outbox WHERE sequence = ?",
} as const;
export type StatementName = keyof typeof STATEMENTS;

/** How many values each statement takes. */
export const PARAMETERS = Object.fromEntries(
  Object.entries(STATEMENTS).map(([name, sql]) => [name, sql.split("?").length - 1]),
) as Readonly<Record<StatementName, number>>;

export const QUERIES = {
  alive: "SELECT 1",
  meta: "SELECT key, type, value FROM meta ORDER BY key",
  devices:
    "SELECT id, name, description, state, last_online, details, confirmed FROM device ORDER BY id",
  /**
   * One JSON object of a device's whole twin: a tenth of the rows, and a tenth of the parsing. Beside
   * it a list of the properties that the cloud has not confirmed; null when there are none.
   */
  twins:
    "SELECT deviceid, '{' || group_concat(json_quote(name) || ':' || body, ',') || '}', '[' || group_concat(json_quote(name), ',') FILTER (WHERE confirmed = 0) || ']' FROM device_twin WHERE deviceid > ? GROUP BY deviceid ORDER BY deviceid LIMIT ?",
  twinRows: "SELECT deviceid, name, body, confirmed FROM device_twin ORDER BY deviceid, name",
  /** The oldest sample that waits for the cloud, and the last sequence that was ever given. */
  outboxEnds:
    "SELECT (SELECT min(sequence) FROM sample_outbox), (SELECT seq FROM sqlite_sequence WHERE name = 'sample_outbox')",
  outboxSamples:
    "SELECT sequence, deviceid, name, body FROM sample_outbox WHERE sequence > ? ORDER BY sequence LIMIT ?",
  subTopics: "SELECT topic FROM sub_topics ORDER BY topic",
  ruleOutbox: "SELECT sequence, key, topic, body FROM rule_outbox ORDER BY sequence",
} as const;
export type QueryName = keyof typeof QUERIES;

export interface Write {
  readonly statement: StatementName;
  readonly values: readonly Value[];
}

export type Value = string | number | null;
export type Row = readonly Value[];
