import assert from "node:assert/strict";
import { test } from "node:test";
import { controllerOf, PODS } from "../cluster/index.ts";
import { WorkloadBench, workload } from "../testing/workload-bench.ts";
import { REPLICA_SETS, type ReplicaSet } from "../workloads/index.ts";

async function scale(bench: WorkloadBench, set: ReplicaSet, replicas: number): Promise<void> {
  await bench.cluster.change(REPLICA_SETS, set, ({ spec }) => {
    spec.replicas = replicas;
  });
  await bench.converge();
}

test("as many pods as asked for, of the template, on all nodes", async () => {
  using bench = new WorkloadBench();
  await bench.addNodes("a", "b");
  const set = await bench.create(REPLICA_SETS, workload("w", { replicas: 4 }));
  await bench.converge();
  assert.deepEqual(
    bench
      .pods()
      .map(({ spec }) => spec.nodeName)
      .sort(),
    ["a", "a", "b", "b"],
  );
  assert.ok(bench.pods().every((pod) => controllerOf(pod)?.uid === set.metadata.uid));
  assert.ok(bench.pods().every(({ metadata }) => /^w-[a-z0-9]{5}$/.test(metadata.name!)));
  const { status } = bench.cluster.find(REPLICA_SETS, "default", "w")!;
  assert.deepEqual(status, {
    replicas: 4,
    fullyLabeledReplicas: 4,
    readyReplicas: 4,
    availableReplicas: 4,
    observedGeneration: 1,
  });
  assert.equal(bench.events("SuccessfulCreate").length, 4);
  await scale(bench, set, 1);
  assert.equal(bench.pods().length, 1);
  await bench.cluster.remove(PODS, bench.pods()[0]!);
  await bench.converge();
  assert.equal(bench.pods().length, 1, "a deleted pod is replaced");
  await bench.cluster.remove(REPLICA_SETS, set);
  await bench.converge();
  assert.deepEqual(bench.pods(), [], "they go with their set");
});

test("a pod nobody manages is adopted, one that is selected no more is let go", async () => {
  using bench = new WorkloadBench();
  await bench.addNodes("a");
  const spec = { containers: [{ name: "c", image: "x:1" }] };
  await bench.create(PODS, { metadata: { name: "mine", labels: { app: "w" } }, spec });
  const set = await bench.create(REPLICA_SETS, workload("w", { replicas: 2 }));
  await bench.converge();
  assert.equal(bench.pods().length, 2);
  const mine = bench.cluster.find(PODS, "default", "mine")!;
  assert.equal(controllerOf(mine)?.uid, set.metadata.uid);
  await bench.cluster.change(PODS, mine, ({ metadata }) => {
    metadata.labels = { app: "other" };
  });
  await bench.converge();
  assert.equal(bench.pods().length, 3);
  assert.equal(controllerOf(bench.cluster.find(PODS, "default", "mine")!), undefined);
});

test("a pod counts as available only after minReadySeconds", async () => {
  using bench = new WorkloadBench();
  await bench.addNodes("a");
  await bench.create(REPLICA_SETS, workload("w", { replicas: 1, minReadySeconds: 30 }));
  await bench.converge();
  const available = () =>
    bench.cluster.find(REPLICA_SETS, "default", "w")!.status?.availableReplicas;
  assert.equal(available(), undefined);
  await bench.clock.advance(30_000);
  await bench.settle();
  assert.equal(available(), 1);
});
