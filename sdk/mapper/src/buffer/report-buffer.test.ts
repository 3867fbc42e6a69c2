import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { MemoryBuffer } from "./memory-buffer.ts";
import type { ReportBuffer } from "./report-buffer.ts";
import { SqliteBuffer } from "./sqlite-buffer.ts";

const A = "default/a";
const value = (text: string): MsgTwin => ({ actual: { value: text } });
const valuesOf = (buffer: ReportBuffer, device: typeof A) =>
  buffer.first(device).map(({ property, change }) => `${property}=${change.actual?.value}`);

function withFolder(work: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "buffer-"));
  try {
    work(join(folder, "buffer.db"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const kinds: Record<string, (file: string, max?: number) => ReportBuffer> = {
  memory: (_, max) => new MemoryBuffer(max),
  SQLite: (file, max) => new SqliteBuffer(file, max),
};
for (const [kind, create] of Object.entries(kinds)) {
  test(`${kind}: gives the oldest of each property, until it is settled`, () => {
    withFolder((file) => {
      const buffer = create(file);
      for (const [property, text] of Object.entries({ p: "1", q: "2" })) {
        buffer.push(A, property, value(text));
      }
      buffer.push(A, "p", value("3"));
      buffer.push("default/b", "p", value("4"));
      assert.deepEqual(valuesOf(buffer, A).sort(), ["p=1", "q=2"]);
      buffer.settle(A, buffer.first(A));
      assert.deepEqual(valuesOf(buffer, A), ["p=3"]);
      assert.equal(buffer.depth, 2);
      buffer.settle(A, buffer.first(A));
      assert.deepEqual(valuesOf(buffer, A), []);
      buffer.close();
    });
  });

  test(`${kind}: when it is full the oldest goes, and is counted`, () => {
    withFolder((file) => {
      const buffer = create(file, 3);
      for (const text of ["1", "2", "3", "4", "5"]) buffer.push(A, "p", value(text));
      assert.deepEqual([buffer.depth, buffer.dropped], [3, 2]);
      assert.deepEqual(valuesOf(buffer, A), ["p=3"]);
      buffer.close();
    });
  });
}

test("SQLite: what waits and what was the latest outlive the process", () => {
  withFolder((file) => {
    const before = new SqliteBuffer(file);
    before.push(A, "p", value("1"));
    before.keepLatest(A, new Map([["q", value("2")]]));
    before.keepLatest(A, new Map([["q", value("3")]]));
    before.close();
    const after = new SqliteBuffer(file);
    assert.deepEqual(valuesOf(after, A), ["p=1"]);
    assert.equal(after.depth, 1);
    assert.deepEqual([...after.latest(A)], [["q", value("3")]]);
    after.keepLatest(A, new Map());
    assert.deepEqual([...after.latest(A)], []);
    after.close();
  });
});
