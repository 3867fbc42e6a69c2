import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";

export type Row = Readonly<Record<string, string | number>>;

/** Prints the rows as a table and writes them, with the machine they came from, as JSON. */
export function writeReport(name: string, rows: readonly Row[]): void {
  const heads = Object.keys(rows[0] ?? {});
  const cells = [heads, ...rows.map((row) => heads.map((head) => `${row[head] ?? ""}`))];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  for (const row of cells) {
    const line = row.map((cell, column) => cell.padEnd(widths[column]!)).join("   ");
    process.stdout.write(`${line.trimEnd()}\n`);
  }
  const folder = resolve(import.meta.dirname, "../../results");
  mkdirSync(folder, { recursive: true });
  const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version };
  const file = resolve(folder, `${name}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ at: new Date().toISOString(), machine, rows }, null, 2)}\n`,
  );
  process.stdout.write(`\nwritten to bench/results/${name}.json\n`);
}
