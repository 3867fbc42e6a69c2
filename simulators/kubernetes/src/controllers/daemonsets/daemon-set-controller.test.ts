import assert from "node:assert/strict";
import { test } from "node:test";
import { NODES } from "../cluster/index.ts";
import { WorkloadBench, workload } from "../testing/workload-bench.ts";
import { DAEMON_SETS, type DaemonSet, isReady } from "../workloads/index.ts";

const places = (bench: WorkloadBench) =>
  bench
    .pods()
    .map(({ spec }) => spec.nodeName)
    .sort();
const find = (bench: WorkloadBench): DaemonSet => bench.cluster.find(DAEMON_SETS, "default", "d")!;

async function start(more: object = {}) {
  const bench = new WorkloadBench();
  await bench.addNodes("a", "b", "c");
  await bench.create(DAEMON_SETS, workload("d", more));
  await bench.converge();
  return bench;
}

test("one pod on each node, also on those that come later, none on those that went", async () => {
  using bench = await start();
  assert.deepEqual(places(bench), ["a", "b", "c"]);
  await bench.addNodes("e");
  await bench.converge();
  assert.deepEqual(places(bench), ["a", "b", "c", "e"]);
  await bench.cluster.remove(NODES, bench.cluster.find(NODES, "", "a")!);
  await bench.converge();
  assert.deepEqual(places(bench), ["b", "c", "e"]);
  assert.deepEqual(find(bench).status, {
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    desiredNumberScheduled: 3,
    numberReady: 3,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
    numberAvailable: 3,
  });
});

test("a cordoned node keeps its daemon, a taint nobody tolerates drives it away", async () => {
  using bench = await start();
  const taint = async (name: string, spec: object) => {
    await bench.cluster.change(NODES, bench.cluster.find(NODES, "", name)!, (node) => {
      node.spec = { ...node.spec, ...spec };
    });
    await bench.converge();
  };
  await taint("a", { unschedulable: true });
  assert.deepEqual(places(bench), ["a", "b", "c"]);
  await taint("b", { taints: [{ key: "k", effect: "NoExecute" }] });
  assert.deepEqual(places(bench), ["a", "c"]);
  await taint("c", { taints: [{ key: "k", effect: "NoSchedule" }] });
  assert.deepEqual(places(bench), ["a", "c"], "who is there stays");
});

test("a new template goes from node to node", async () => {
  using bench = await start();
  await bench.cluster.change(DAEMON_SETS, find(bench), ({ spec }) => {
    spec.template.spec.containers![0]!.image = "busybox:2";
  });
  await bench.converge(() => assert.ok(bench.pods().filter(isReady).length >= 2));
  assert.ok(bench.pods().every(({ spec }) => spec.containers![0]!.image === "busybox:2"));
  assert.equal(find(bench).status!.updatedNumberScheduled, 3);
});
