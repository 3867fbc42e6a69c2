import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ending } from "./running-bus.ts";

/** A disk of its own, small enough to fill up. Only root can make one: `undefined` for others. */
export async function smallDisk(
  t: Ending,
  kib: number,
): Promise<{ folder: string; enlarge(): void } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "small-disk-"));
  const options = ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", folder];
  if (spawnSync("mount", options).status !== 0) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  t.after(async () => {
    spawnSync("umount", ["-l", folder]);
    await rm(folder, { recursive: true });
  });
  const enlarge = () => {
    const { status } = spawnSync("mount", ["-o", `remount,size=${8 * kib}k`, folder]);
    assert.equal(status, 0, "the disk cannot be made larger");
  };
  return { folder, enlarge };
}
