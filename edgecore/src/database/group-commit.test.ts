import assert from "node:assert/strict";
import { test } from "node:test";
import { GroupCommit } from "./group-commit.ts";
import type { Write } from "./statements.ts";
import { eachRun, type FlatWrites } from "./write-batch.ts";

function write(key: string): Write {
  return { statement: "dropMeta", values: [key] };
}

/** Commits that end when the test says so. */
class SlowDisk {
  readonly batches: string[][] = [];
  #end: ((error?: Error) => void) | undefined;

  readonly run = (writes: FlatWrites): Promise<void> => {
    const keys: string[] = [];
    eachRun(writes, (_statement, count, from) => {
      keys.push(...writes.slice(from, from + count).map(String));
    });
    this.batches.push(keys);
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error ? reject(error) : resolve());
    });
  };

  async end(error?: Error): Promise<void> {
    this.#end?.(error);
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

test("one commit for all writes of a turn, and one for all that come while it runs", async () => {
  const disk = new SlowDisk();
  const group = new GroupCommit(disk.run);
  const first = [group.commit([write("a")]), group.commit([write("b"), write("c")])];
  await turn();
  const second = [group.commit([write("d")]), group.commit([write("e")])];
  await turn();
  assert.deepEqual(disk.batches, [["a", "b", "c"]]);
  await disk.end();
  await Promise.all(first);
  assert.deepEqual(disk.batches[1], ["d", "e"]);
  await disk.end();
  await Promise.all(second);
});

test("a failed commit fails all that waits behind it, and none that comes after", async () => {
  const disk = new SlowDisk();
  const group = new GroupCommit(disk.run);
  const failed = group.commit([write("a")]);
  await turn();
  const behind = group.commit([write("b")]);
  const refused = Promise.all([
    assert.rejects(failed, /disk full/),
    assert.rejects(behind, /disk full/),
  ]);
  await disk.end(new Error("disk full"));
  await refused;
  const after = group.commit([write("c")]);
  await turn();
  assert.deepEqual(disk.batches, [["a"], ["c"]]);
  await disk.end();
  await after;
});
