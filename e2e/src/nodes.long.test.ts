import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { FiveProcesses } from "./harness/five-processes.ts";
import { Kubectl, withoutKubectl } from "./harness/kubectl.ts";

test("kubectl get nodes shows the edge Ready with its role, and NotReady when it is away", {
  skip: withoutKubectl,
}, async () => {
  await using system = await FiveProcesses.start();
  const kubectl = new Kubectl(system.folder.join("kubeconfig"), system.folder.join("cache"));
  const nodeIs = (state: RegExp, withinMs?: number) =>
    eventually(
      `the node is ${state}`,
      async () => {
        const table = await kubectl.run(["get", "nodes", "--no-headers"]);
        return state.test(table) ? table : undefined;
      },
      withinMs,
    );
  await nodeIs(/^kube-edge-1 +Ready +edge +\S+ +v\d+\.\d+\.\d+-mapperkit-v/);
  const wide = await kubectl.run(["get", "nodes", "-o", "json"]);
  const [node] = (JSON.parse(wide) as { items: { status: object }[] }).items;
  assert.partialDeepStrictEqual(node?.status, {
    addresses: [{ type: "Hostname", address: "kube-edge-1" }],
    capacity: { pods: "0" },
  });
  await system.kill("edgecore");
  await nodeIs(/^kube-edge-1 +NotReady +edge/, 70_000);
  await system.startPart("edgecore");
  await nodeIs(/^kube-edge-1 +Ready +edge/, 30_000);
});
