import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { LapsedNodes } from "./lapsed-nodes.ts";
import type { NodeKind, NodeObject, NodeObjects } from "./node-objects.ts";

const START = 1_700_000_000_000;

class Cluster implements NodeObjects {
  readonly patched: string[] = [];
  readonly ready = new Map<string, string>();
  readonly renewedAt = new Map<string, number>();

  async create(_: NodeKind, object: NodeObject): Promise<NodeObject> {
    return object;
  }
  async replaceLease(lease: NodeObject): Promise<NodeObject> {
    return lease;
  }
  async get(kind: NodeKind, name: string): Promise<NodeObject> {
    const renewTime = new Date(this.renewedAt.get(name) ?? 0).toISOString();
    const conditions = [{ type: "Ready", status: this.ready.get(name) }];
    const metadata = { name };
    return kind === "lease"
      ? { metadata, spec: { renewTime } }
      : { metadata, status: { conditions } };
  }
  async patchStatus(name: string): Promise<NodeObject> {
    this.patched.push(name);
    this.ready.set(name, "Unknown");
    return { metadata: { name } };
  }
  async listEdges(): Promise<readonly NodeObject[]> {
    return [...this.ready.keys()].map((name) => ({ metadata: { name } }));
  }
}

async function setUp(t: { after(work: () => Promise<void>): void }) {
  const [cluster, clock] = [new Cluster(), new VirtualClock(START)];
  const lapsed = new LapsedNodes({ objects: cluster, clock, log: silentLog });
  lapsed.start();
  t.after(() => lapsed.stop());
  return { cluster, clock, lapsed };
}

test("a node that is away is not ready after 40 s, once; one that came back is left alone", async (t) => {
  const { cluster, clock, lapsed } = await setUp(t);
  for (const node of ["gone", "back"]) {
    cluster.ready.set(node, "True");
    lapsed.connected(node);
  }
  await clock.advance(100_000);
  assert.deepEqual(cluster.patched, []);
  lapsed.disconnected("gone");
  lapsed.disconnected("back");
  await clock.advance(30_000);
  lapsed.connected("back");
  await clock.advance(5_000);
  assert.deepEqual(cluster.patched, []);
  await clock.advance(100_000);
  assert.deepEqual(cluster.patched, ["gone"]);
});

test("a lease that another replica keeps counts", async (t) => {
  const { cluster, clock, lapsed } = await setUp(t);
  cluster.ready.set("e", "True");
  lapsed.connected("e");
  await clock.advance(50_000);
  lapsed.disconnected("e");
  await clock.advance(30_000);
  cluster.renewedAt.set("e", clock.now());
  await clock.advance(30_000);
  assert.deepEqual(cluster.patched, []);
  await clock.advance(30_000);
  assert.deepEqual(cluster.patched, ["e"]);
});

test("an edge whose clock is an hour off is judged by whether its lease moves", async (t) => {
  const { cluster, clock, lapsed } = await setUp(t);
  cluster.ready.set("e", "True");
  lapsed.connected("e");
  lapsed.disconnected("e");
  for (let renewals = 0; renewals < 20; renewals += 1) {
    cluster.renewedAt.set("e", clock.now() - 3_600_000);
    await clock.advance(10_000);
  }
  assert.deepEqual(cluster.patched, []);
  cluster.renewedAt.set("e", clock.now() + 3_600_000);
  await clock.advance(100_000);
  assert.deepEqual(cluster.patched, ["e"]);
});

test("nodes that went away before this program began are found", async (t) => {
  const { cluster, clock } = await setUp(t);
  cluster.ready.set("old", "True");
  await clock.advance(60_000);
  assert.deepEqual(cluster.patched, ["old"]);
});
