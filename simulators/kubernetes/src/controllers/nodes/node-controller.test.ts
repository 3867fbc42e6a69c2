import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kind, NODES, PODS } from "../cluster/index.ts";
import { WorkloadBench } from "../testing/workload-bench.ts";
import { isReady } from "../workloads/index.ts";
import { LEASES } from "./node-controller.ts";

const node = (bench: WorkloadBench) => bench.cluster.find(NODES, "", "n")!;
const ready = (bench: WorkloadBench) =>
  node(bench).status!.conditions!.find(({ type }) => type === "Ready");
const taints = (bench: WorkloadBench) =>
  (node(bench).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);

async function report(bench: WorkloadBench, status: string): Promise<void> {
  await bench.cluster.change(
    NODES,
    node(bench),
    (current) => {
      const lastHeartbeatTime = new Date(bench.clock.now()).toISOString();
      current.status = { conditions: [{ type: "Ready", status, lastHeartbeatTime }] };
    },
    "status",
  );
  await bench.settle();
}

async function pass(bench: WorkloadBench, ms: number): Promise<void> {
  await bench.clock.advance(ms);
  await bench.settle();
}

async function start(): Promise<WorkloadBench> {
  const bench = new WorkloadBench();
  await bench.addNodes("n");
  await report(bench, "True");
  return bench;
}

test("a node that falls silent becomes Unknown and unreachable, until it is heard of again", async () => {
  using bench = await start();
  const spec = { containers: [{ name: "c", image: "x:1" }] };
  await bench.create(PODS, { metadata: { name: "p" }, spec });
  await bench.converge();
  await pass(bench, 49_000);
  assert.equal(ready(bench)?.status, "True");
  await pass(bench, 1000);
  assert.equal(ready(bench)?.status, "Unknown");
  assert.equal(ready(bench)?.reason, "NodeStatusUnknown");
  assert.equal(ready(bench)?.message, "Kubelet stopped posting node status.");
  assert.deepEqual(taints(bench), [
    "node.kubernetes.io/unreachable:NoSchedule",
    "node.kubernetes.io/unreachable:NoExecute",
  ]);
  assert.equal(isReady(bench.pods()[0]!), false, "nor is what runs there");
  assert.deepEqual(bench.events("NodeNotReady").sort(), [
    "Node is not ready",
    "Node n status is now: NodeNotReady",
  ]);
  await report(bench, "True");
  assert.deepEqual(taints(bench), []);
});

test("renewing the Lease is enough to be heard of", async () => {
  using bench = await start();
  const namespaces = { group: "", plural: "namespaces" } as Kind;
  await bench.create(namespaces, { metadata: { name: "kube-node-lease" } });
  const made = await bench.cluster.create(LEASES, "kube-node-lease", { metadata: { name: "n" } });
  for (let renewal = 1; renewal <= 10; renewal++) {
    await pass(bench, 10_000);
    await bench.cluster.change(LEASES, made, (lease) => {
      lease.spec = { renewTime: `1999-01-01T00:00:0${renewal % 10}.000000Z` };
    });
    await bench.settle();
  }
  assert.equal(ready(bench)?.status, "True");
});

test("not ready and cordoned nodes are tainted; the taints of others stay", async () => {
  using bench = await start();
  await bench.cluster.change(NODES, node(bench), (current) => {
    current.spec = { unschedulable: true, taints: [{ key: "mine", effect: "NoSchedule" }] };
  });
  await report(bench, "False");
  assert.deepEqual(taints(bench), [
    "mine:NoSchedule",
    "node.kubernetes.io/not-ready:NoSchedule",
    "node.kubernetes.io/not-ready:NoExecute",
    "node.kubernetes.io/unschedulable:NoSchedule",
  ]);
  await report(bench, "True");
  await bench.cluster.change(NODES, node(bench), ({ spec }) => {
    delete spec!.unschedulable;
  });
  await bench.settle();
  assert.deepEqual(taints(bench), ["mine:NoSchedule"]);
});
