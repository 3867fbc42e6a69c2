import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryLog } from "@mapperkit/runtime";
import { eventually } from "./harness/eventually.ts";
import { LinkedEdges } from "./harness/linked-edges.ts";

const DEVICES = 1_000;
/** What a connection and a comparison cost whatever changed: handshake, confirmation, buckets, and the leases of a slow minute. */
const OVERHEAD_BYTES = 16_000;
const OBJECT = /^default\/(device|devicemodel)\/[^/]+$/;

async function inBatches(count: number, work: (index: number) => Promise<void>): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => work(done + index)));
  }
}

/** The names of the objects that the cloud sent, each as often as it was sent. */
function sentObjects({ entries }: MemoryLog, from: number): string[] {
  return entries.slice(from).flatMap(({ message, fields }) => {
    const resource = String(fields.resource);
    const isSent = message === "message to the node" && OBJECT.test(resource);
    return isSent ? [resource.split("/").at(-1) ?? ""] : [];
  });
}

test("after an absence the edge of 1,000 devices is told what changed, and little more", async () => {
  await using link = await LinkedEdges.start();
  await link.createModel("lamp");
  await link.startEdge();
  await inBatches(DEVICES, (index) => link.createDevice(`lamp-${index}`));
  await eventually(
    "all devices are at the edge",
    () => link.announced.size === DEVICES || undefined,
    60_000,
  );
  const bytesEach = link.proxy.bytesDown / DEVICES;

  link.proxy.cut();
  await link.stopCloud();
  const restartedAt = link.log.entries.length;
  await link.startCloud();
  link.proxy.mend();
  const compared = () => link.log.entries.filter(({ message }) => message === "node was compared");
  await eventually("there is a comparison", () => compared().length > 0 || undefined);
  assert.equal(compared().at(-1)?.fields.differing, 0);
  assert.deepEqual(sentObjects(link.log, restartedAt), []);
  assert.ok(
    link.proxy.bytesDown < OVERHEAD_BYTES,
    `nothing changed: ${link.proxy.bytesDown} bytes`,
  );

  link.proxy.cut();
  await inBatches(100, (index) =>
    link.patchDevice(`lamp-${index}`, { metadata: { labels: { mark: "changed" } } }),
  );
  await link.deleteDevice("lamp-100");
  await link.patchDevice("lamp-101", { spec: { nodeName: "e2" } });
  await link.deleteDevice("lamp-102");
  await link.createDevice("lamp-102", { mark: "anew" });
  await link.createDevice("late", { mark: "late" });
  const before = compared().length;
  const mendedAt = link.log.entries.length;
  link.proxy.mend();
  await eventually("there is the next comparison", () => compared().length > before || undefined);
  const isRight = () =>
    link.announced.size === DEVICES - 1 &&
    !link.announced.has("lamp-100") &&
    !link.announced.has("lamp-101") &&
    link.announced.get("lamp-102") === "anew" &&
    link.announced.get("late") === "late" &&
    [...link.announced.values()].filter((mark) => mark === "changed").length === 100;
  await eventually("the edge is right", () => isRight() || undefined);
  // The one made anew replaces the old one, or follows its deletion when the cloud saw that first.
  const sent = sentObjects(link.log, mendedAt).filter((name) => name !== "lamp-102");
  const changed = Array.from({ length: 102 }, (_, index) => `lamp-${index}`);
  assert.deepEqual(sent.sort(), [...changed, "late"].sort());
  const changedBytes = 104 * bytesEach;
  assert.ok(
    link.proxy.bytesDown < 1.1 * changedBytes + OVERHEAD_BYTES,
    `${link.proxy.bytesDown} bytes for ${changedBytes} bytes of changes`,
  );
});
