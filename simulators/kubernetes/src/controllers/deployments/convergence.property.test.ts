import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { controllerOf, NODES, PODS, type Pod } from "../cluster/index.ts";
import { WorkloadBench, workload } from "../testing/workload-bench.ts";
import { DEPLOYMENTS, type Deployment, REPLICA_SETS } from "../workloads/index.ts";

type Step =
  | { readonly kind: "scale"; readonly replicas: number }
  | { readonly kind: "image"; readonly tag: number }
  | { readonly kind: "kill"; readonly index: number }
  | { readonly kind: "run" | "restart" | "settle" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("scale" as const), replicas: fc.nat(5) }),
  fc.record({ kind: fc.constant("image" as const), tag: fc.nat(2) }),
  fc.record({ kind: fc.constant("kill" as const), index: fc.nat(5) }),
  fc.record({ kind: fc.constantFrom("run" as const, "restart" as const, "settle" as const) }),
);

async function edit(bench: WorkloadBench, change: (deployment: Deployment) => void) {
  await bench.cluster.change(
    DEPLOYMENTS,
    bench.cluster.find(DEPLOYMENTS, "default", "web")!,
    change,
  );
}

async function take(bench: WorkloadBench, one: Step): Promise<void> {
  switch (one.kind) {
    case "scale":
      return await edit(bench, ({ spec }) => {
        spec.replicas = one.replicas;
      });
    case "image":
      return await edit(bench, ({ spec }) => {
        spec.template.spec.containers![0]!.image = `busybox:${one.tag}`;
      });
    case "kill": {
      const pod = bench.pods()[one.index];
      return pod === undefined ? undefined : await bench.cluster.remove(PODS, pod);
    }
    case "run":
      await bench.runPods();
      return;
    case "settle":
      return await bench.settle();
    default:
      bench.stopControllers();
      bench.startControllers();
  }
}

const isManagedOnce = ({ metadata }: Pod) =>
  metadata.ownerReferences?.filter((owner) => "controller" in owner).length === 1;

test("whatever happens in whatever order, a deployment ends with its pods and none too many", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.nat(2),
      fc.nat(2),
      async (steps, maxSurge, maxUnavailable) => {
        using bench = new WorkloadBench();
        await bench.addNodes("a", "b");
        const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } };
        await bench.create(DEPLOYMENTS, workload("web", { replicas: 3, strategy }));
        // Pods beyond what was asked for at most: a smaller size takes effect a moment later.
        let most = 3;
        const unsubscribe = bench.world.store.subscribe(({ type, object }) => {
          if (object.resource === "deployments.apps") {
            const { spec } = bench.cluster.read(DEPLOYMENTS, object);
            most = Math.max(most, spec.replicas ?? 1);
          }
          if (object.resource !== PODS.storage || type === "DELETED") return;
          assert.ok(isManagedOnce(bench.cluster.read(PODS, object)));
        });
        const look = () => assert.ok(bench.pods().length <= most + maxSurge);
        for (const one of steps) {
          await take(bench, one);
          look();
        }
        await bench.converge(look);
        const { spec } = bench.cluster.find(DEPLOYMENTS, "default", "web")!;
        assert.equal(bench.pods().length, spec.replicas);
        const image = spec.template.spec.containers![0]!.image;
        assert.ok(bench.pods().every((pod) => pod.spec.containers![0]!.image === image));
        const uids = new Set(bench.cluster.list(REPLICA_SETS).map(({ metadata }) => metadata.uid));
        assert.ok(bench.pods().every((pod) => uids.has(controllerOf(pod)?.uid)));
        assert.equal(bench.cluster.list(NODES).length, 2);
        unsubscribe();
      },
    ),
    { numRuns: 40 },
  );
});
