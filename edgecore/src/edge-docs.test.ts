import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Sqlite from "better-sqlite3";
import { z } from "zod";
import { migrate } from "./database/migrations.ts";
import { edgeProgramConfig } from "./edge-core-config.ts";
import { METRICS, type MetricKind } from "./monitoring/metric-catalogue.ts";
import { REFUSAL_REASONS } from "./monitoring/refusal-reason.ts";

const page = readFileSync(new URL("../../docs/edge.md", import.meta.url), "utf8");

/** The cells of the rows under a heading of a table. */
function tableOf(head: string): string[][] {
  const from = page.search(new RegExp(`^\\| ${head} +\\|`, "m"));
  assert.ok(from >= 0, `docs/edge.md has no table of ${head}`);
  const [text = ""] = page.slice(from).split("\n\n");
  const rows = text.trim().split("\n").slice(2);
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly default?: unknown;
}

/** Every key with its default, as the page writes them. */
function settingsOf({ properties = {} }: JsonSchema, path = ""): [string, string][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = path + name;
    if (schema.properties) return settingsOf(schema, `${key}.`);
    if (schema.items?.properties) return settingsOf(schema.items, `${key}[].`);
    const usual = schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
    return [[`\`${key}\``, usual]];
  });
}

test("docs/edge.md lists every key of the configuration with its default", () => {
  const schema = z.toJSONSchema(edgeProgramConfig, { io: "input", unrepresentable: "any" });
  const told = tableOf("Key").map(([key, usual]) => [key, usual]);
  assert.deepEqual(told, settingsOf(schema as JsonSchema));
});

test("docs/edge.md lists every metric", () => {
  const metrics = Object.entries<MetricKind>(METRICS).map(([name, { type, labels = [], help }]) => {
    return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(", "), help];
  });
  assert.deepEqual(tableOf("Metric"), metrics);
  const words = [...REFUSAL_REASONS].map((word) => `\`${word}\``).join(", ");
  assert.ok(page.replaceAll(/\s+/g, " ").includes(`\`reason\` is one of ${words}.`), words);
});

test("docs/edge.md lists every table of the store", () => {
  const db = new Sqlite(":memory:");
  migrate(db);
  const tables = db.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  const names = tables.pluck().all();
  db.close();
  assert.deepEqual(
    tableOf("Table").map(([name]) => name),
    names.map((name) => `\`${name}\``),
  );
});
