import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkloadBench, workload } from "../testing/workload-bench.ts";
import { DEPLOYMENTS, type Deployment, isReady, REPLICA_SETS } from "../workloads/index.ts";

async function edit(bench: WorkloadBench, change: (deployment: Deployment) => void) {
  const deployment = bench.cluster.find(DEPLOYMENTS, "default", "web")!;
  await bench.cluster.change(DEPLOYMENTS, deployment, change);
}

async function setImage(bench: WorkloadBench, image: string) {
  await edit(bench, ({ spec }) => {
    spec.template.spec.containers![0]!.image = image;
  });
}

const images = (bench: WorkloadBench) =>
  [...new Set(bench.pods().map(({ spec }) => spec.containers![0]!.image))].join();
const status = (bench: WorkloadBench) => bench.cluster.find(DEPLOYMENTS, "default", "web")!.status!;
const revisions = (bench: WorkloadBench) =>
  bench.cluster
    .list(REPLICA_SETS)
    .map(({ metadata }) => metadata.annotations!["deployment.kubernetes.io/revision"])
    .sort();

async function start(more: object) {
  const bench = new WorkloadBench();
  await bench.addNodes("a", "b");
  await bench.create(DEPLOYMENTS, workload("web", more));
  await bench.converge();
  return bench;
}

test("a deployment runs, and says so", async () => {
  using bench = await start({ replicas: 3 });
  const { conditions, ...counts } = status(bench);
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
  });
  const set = bench.cluster.list(REPLICA_SETS)[0]!.metadata.name;
  assert.deepEqual(
    conditions!.map(({ type, status: state, reason, message }) => [type, state, reason, message]),
    [
      ["Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."],
      [
        "Progressing",
        "True",
        "NewReplicaSetAvailable",
        `ReplicaSet "${set}" has successfully progressed.`,
      ],
    ],
  );
  assert.deepEqual(bench.events("ScalingReplicaSet"), [`Scaled up replica set ${set} from 0 to 3`]);
});

test("a new template is rolled out within maxSurge and maxUnavailable", async () => {
  using bench = await start({
    replicas: 4,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
  });
  await setImage(bench, "busybox:2");
  await bench.converge(() => {
    assert.ok(bench.pods().length <= 5, "at most one more");
    assert.ok(bench.pods().filter(isReady).length >= 3, "at most one less");
  });
  assert.equal(images(bench), "busybox:2");
  assert.deepEqual(revisions(bench), ["1", "2"]);
  assert.equal(status(bench).observedGeneration, 2);
});

test("going back makes the old set current again, under a new revision", async () => {
  using bench = await start({ replicas: 2 });
  await setImage(bench, "busybox:2");
  await bench.converge();
  await setImage(bench, "busybox:1");
  await bench.converge();
  assert.equal(images(bench), "busybox:1");
  assert.deepEqual(revisions(bench), ["2", "3"]);
});

test("a template that never gets ready leaves what works, and is given up in time", async () => {
  using bench = await start({ replicas: 4, progressDeadlineSeconds: 30 });
  bench.brokenImages.add("busybox:bad");
  await setImage(bench, "busybox:bad");
  await bench.converge();
  assert.ok(bench.pods().filter(isReady).length >= 3);
  await bench.clock.advance(31_000);
  await bench.settle();
  const progressing = status(bench).conditions!.find(({ type }) => type === "Progressing")!;
  assert.equal(progressing.reason, "ProgressDeadlineExceeded");
  await setImage(bench, "busybox:1");
  await bench.converge();
  assert.equal(images(bench), "busybox:1");
  assert.equal(bench.pods().filter(isReady).length, 4);
});

test("Recreate ends all old pods before the first new one", async () => {
  using bench = await start({ replicas: 2, strategy: { type: "Recreate" } });
  await setImage(bench, "busybox:2");
  await bench.converge(() => assert.ok(!images(bench).includes(","), images(bench)));
  assert.equal(images(bench), "busybox:2");
  assert.equal(bench.pods().length, 2);
});

test("a paused deployment is scaled, and rolled out only when it is resumed", async () => {
  using bench = await start({ replicas: 2 });
  await edit(bench, ({ spec }) => {
    spec.paused = true;
    spec.replicas = 3;
  });
  await setImage(bench, "busybox:2");
  await bench.converge();
  assert.equal(bench.pods().length, 3);
  assert.equal(images(bench), "busybox:1");
  await edit(bench, ({ spec }) => {
    spec.paused = false;
  });
  await bench.converge();
  assert.equal(images(bench), "busybox:2");
});

test("history is kept as long as asked for, and all goes with the deployment", async () => {
  using bench = await start({ replicas: 1, revisionHistoryLimit: 1 });
  for (const image of ["b:2", "b:3", "b:4"]) {
    await setImage(bench, image);
    await bench.converge();
  }
  assert.deepEqual(revisions(bench), ["3", "4"]);
  const deployment = bench.cluster.find(DEPLOYMENTS, "default", "web")!;
  await bench.cluster.remove(DEPLOYMENTS, deployment);
  await bench.converge();
  assert.deepEqual(bench.cluster.list(REPLICA_SETS), []);
  assert.deepEqual(bench.pods(), []);
});
