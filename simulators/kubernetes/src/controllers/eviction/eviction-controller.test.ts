import assert from "node:assert/strict";
import { test } from "node:test";
import { NODES, PODS, type Taint } from "../cluster/index.ts";
import { WorkloadBench } from "../testing/workload-bench.ts";

const names = (bench: WorkloadBench) => bench.pods().map(({ metadata }) => metadata.name);

async function start(): Promise<WorkloadBench> {
  const bench = new WorkloadBench();
  await bench.addNodes("n");
  const containers = [{ name: "c", image: "x:1" }];
  const tolerated: [name: string, tolerations: object[]][] = [
    ["plain", []],
    ["short", [{ key: "k", operator: "Exists", tolerationSeconds: 10 }]],
    ["stays", [{ operator: "Exists" }]],
  ];
  for (const [name, tolerations] of tolerated) {
    const spec = { nodeName: "n", tolerations, containers };
    await bench.create(PODS, { metadata: { name }, spec });
  }
  await bench.settle();
  return bench;
}

async function taint(bench: WorkloadBench, ...taints: Taint[]): Promise<void> {
  await bench.cluster.change(NODES, bench.cluster.find(NODES, "", "n")!, (node) => {
    node.spec = { ...node.spec, taints };
  });
  await bench.settle();
}

async function pass(bench: WorkloadBench, ms: number): Promise<void> {
  await bench.clock.advance(ms);
  await bench.settle();
}

test("a taint drives away who does not tolerate it, others when their time is over", async () => {
  using bench = await start();
  await taint(bench, { key: "k", effect: "NoExecute" });
  assert.deepEqual(names(bench), ["short", "stays"]);
  await pass(bench, 10_000);
  assert.deepEqual(names(bench), ["stays"]);
  assert.deepEqual(bench.events("TaintManagerEviction"), [
    "Marking for deletion Pod default/plain",
    "Marking for deletion Pod default/short",
  ]);
});

test("pods wait five minutes for a node that is silent", async () => {
  using bench = await start();
  await pass(bench, 50_000);
  await pass(bench, 299_000);
  assert.deepEqual(names(bench), ["plain", "short", "stays"]);
  await pass(bench, 1000);
  assert.deepEqual(names(bench), ["stays"]);
});

test("a taint that goes in time leaves everybody", async () => {
  using bench = await start();
  await taint(bench, { key: "node.kubernetes.io/out-of-service", effect: "NoSchedule" });
  await pass(bench, 55_000);
  const ready = { type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:01:00Z" };
  await bench.cluster.change(
    NODES,
    bench.cluster.find(NODES, "", "n")!,
    (node) => {
      node.status = { conditions: [ready] };
    },
    "status",
  );
  await bench.settle();
  await pass(bench, 40_000);
  assert.deepEqual(names(bench), ["plain", "short", "stays"]);
});

test("pods of a node that is gone go after it", async () => {
  using bench = await start();
  await bench.cluster.remove(NODES, bench.cluster.find(NODES, "", "n")!);
  await bench.settle();
  assert.equal(names(bench).length, 3);
  await pass(bench, 40_000);
  assert.deepEqual(names(bench), []);
});
