import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { TestServer } from "../testing/test-server.ts";

const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";
const KIB = 4096;
const TEXT = "x".repeat(64 * 1024);

/** A disk of its own, small enough to fill up. Only root can make one: undefined for others. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "kube-disk-"));
  const options = ["-t", "tmpfs", "-o", `size=${KIB}k`, "tmpfs", folder];
  const isMounted = spawnSync("mount", options).status === 0;
  t.after(async () => {
    if (isMounted) spawnSync("umount", ["-l", folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return isMounted ? folder : undefined;
}

test("a full disk is answered with 507, reads and watches go on, and it heals by itself", async (t) => {
  const disk = await smallDisk(t);
  if (disk === undefined) {
    t.skip("only root can mount a small disk");
    return;
  }
  await using server = await TestServer.start({ dataDir: join(disk, "data") });
  await using watch = await server.watch(`${CONFIGMAPS}?watch=1`);
  const made: string[] = [];
  const create = (name: string) =>
    server.post(CONFIGMAPS, { metadata: { name }, data: { text: TEXT } });
  let refused = await create("first");
  for (let n = 0; refused.status === 201 && n < 200; n++) {
    made.push(refused.body.metadata.name);
    refused = await create(`c${n}`);
  }
  assert.equal(refused.status, 507);
  assert.equal(refused.body.reason, "InsufficientStorage");
  assert.match(refused.body.message, /nothing was stored: the disk of the data folder is full/);
  const listed = async () =>
    (await server.get(CONFIGMAPS)).body.items
      .map((item: { metadata: { name: string } }) => item.metadata.name)
      .filter((name: string) => name !== "kube-root-ca.crt");
  assert.deepEqual(await listed(), made.toSorted(), "what was acknowledged, and nothing else");
  spawnSync("mount", ["-o", `remount,size=${8 * KIB}k`, disk]);
  const after = await create("healed");
  assert.equal(after.status, 201);
  const seen = new Set<string>();
  for (let event = await watch.next(); event; event = await watch.next()) {
    seen.add(event.object.metadata.name);
    if (event.object.metadata.name === "healed") break;
  }
  assert.deepEqual([...seen].filter((name) => name !== "kube-root-ca.crt").toSorted(), [
    ...made.toSorted(),
    "healed",
  ]);
});

test("what controllers had begun goes on after a full disk", async (t) => {
  const disk = await smallDisk(t);
  if (disk === undefined) {
    t.skip("only root can mount a small disk");
    return;
  }
  await using server = await TestServer.start({ dataDir: join(disk, "data") });
  await server.post("/api/v1/namespaces", { metadata: { name: "doomed" } });
  const inside = "/api/v1/namespaces/doomed/configmaps";
  const data = { text: TEXT };
  for (let n = 0; n < 10; n++) await server.post(inside, { metadata: { name: `d${n}` }, data });
  let status = 201;
  for (let n = 0; status === 201; n++) {
    ({ status } = await server.post(CONFIGMAPS, { metadata: { name: `c${n}` }, data }));
  }
  assert.equal(status, 507);
  // The deletion itself is small and may find room; emptying the namespace copies what it holds.
  await using watch = await server.watch("/api/v1/namespaces?watch=1&resourceVersion=0");
  await server.delete("/api/v1/namespaces/doomed");
  spawnSync("mount", ["-o", `remount,size=${8 * KIB}k`, disk]);
  await server.delete("/api/v1/namespaces/doomed");
  for (let event = await watch.next(); event; event = await watch.next()) {
    if (event.type === "DELETED") {
      assert.equal(event.object.metadata.name, "doomed");
      return;
    }
  }
  assert.fail("the watch ended before the namespace was gone");
});
