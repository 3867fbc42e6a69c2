import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { type StartedKubernetes, startKubernetes } from "@mapperkit/sim-kubernetes";
import { eventually } from "./harness/eventually.ts";
import { Kubectl, withoutKubectl } from "./harness/kubectl.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";

const options = { skip: withoutKubectl };
const READY = { type: "Ready", status: "True" };

let cluster: StartedKubernetes;
let folder: ScratchFolder;
let kubectl: Kubectl;

before(async () => {
  if (withoutKubectl) return;
  cluster = await startKubernetes();
  folder = new ScratchFolder();
  kubectl = new Kubectl(cluster.kubeconfigFile, folder.join("cache"));
  for (const node of ["edge-1", "edge-2"]) await addNode(node);
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

async function put(name: string, manifest: object): Promise<string> {
  const file = folder.join(`${name}.json`);
  await writeFile(file, JSON.stringify(manifest));
  return file;
}

async function addNode(name: string): Promise<void> {
  const labels = { "kubernetes.io/hostname": name };
  const node = { apiVersion: "v1", kind: "Node", metadata: { name, labels } };
  await kubectl.run(["create", "-f", await put(name, node)]);
  const status = { conditions: [READY], allocatable: { cpu: "1", memory: "1Gi", pods: "10" } };
  await patchStatus(`node/${name}`, status);
}

async function patchStatus(what: string, status: object): Promise<void> {
  const patch = JSON.stringify({ status });
  await kubectl.run(["patch", what, "--subresource=status", "--type=merge", "-p", patch]);
}

/** What a kubelet does: every pod that has a node runs, and is ready. */
async function runPods(): Promise<void> {
  const { items } = JSON.parse(await kubectl.run(["get", "pods", "-o", "json"]));
  for (const { metadata, spec, status } of items) {
    if (spec.nodeName === undefined || status.phase === "Running") continue;
    // Some are gone before their turn comes.
    await patchStatus(`pod/${metadata.name}`, { phase: "Running", conditions: [READY] }).catch(
      () => undefined,
    );
  }
}

/** Runs pods until kubectl says that all of them are those of the present template. */
async function rollOut(what: string): Promise<string> {
  return await eventually(`${what} is rolled out`, async () => {
    await runPods();
    return await kubectl.run(["rollout", "status", what, "--timeout=1s"]);
  });
}

const imageOf = (what: string) =>
  kubectl.run(["get", what, "-o", "jsonpath={.items[*].spec.containers[*].image}"]);

test("kubectl makes a deployment, and it is rolled out over the nodes", options, async () => {
  await kubectl.run(["create", "deployment", "web", "--image=nginx:1", "--replicas=2"]);
  assert.match(await rollOut("deploy/web"), /deployment "web" successfully rolled out/);
  const [head, row] = (await kubectl.run(["get", "deploy", "-o", "wide"])).trim().split("\n");
  assert.match(head!, /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR *$/);
  assert.match(row!, /^web +2\/2 +2 +2 +\d+s +nginx +nginx:1 +app=web *$/);
  const nodes = await kubectl.run(["get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}"]);
  assert.deepEqual(nodes.split(" ").sort(), ["edge-1", "edge-2"]);
  const told = await kubectl.run(["describe", "deploy", "web"]);
  assert.match(told, /Available +True +MinimumReplicasAvailable/);
  assert.match(told, /deployment-controller +Scaled up replica set web-\w+ from 0 to 2/);
});

test("another image, its history, and back", options, async () => {
  await kubectl.run(["set", "image", "deploy/web", "nginx=nginx:2"]);
  await rollOut("deploy/web");
  assert.equal(await imageOf("pods"), "nginx:2 nginx:2");
  assert.match(await kubectl.run(["rollout", "history", "deploy/web"]), /\n1 .*\n2 /);
  await kubectl.run(["rollout", "undo", "deploy/web"]);
  await rollOut("deploy/web");
  assert.equal(await imageOf("pods"), "nginx:1 nginx:1");
  await kubectl.run(["rollout", "restart", "deploy/web"]);
  await rollOut("deploy/web");
  assert.match(await kubectl.run(["rollout", "history", "deploy/web"]), /\n2 .*\n3 .*\n4 /);
});

test(
  "a deployment is scaled beyond what fits, and the pods that wait say why",
  options,
  async () => {
    await kubectl.run(["set", "resources", "deploy/web", "--requests=cpu=600m"]);
    await kubectl.run(["scale", "deploy/web", "--replicas=0"]);
    await rollOut("deploy/web");
    await kubectl.run(["scale", "deploy/web", "--replicas=3"]);
    await eventually("the third pod is refused", async () => {
      const told = await kubectl.run(["describe", "pods", "-l", "app=web"]);
      return /FailedScheduling .* 0\/2 nodes are available: 2 Insufficient cpu\./.exec(told)?.[0];
    });
  },
);

test("what belongs to a deleted deployment goes with it", options, async () => {
  await kubectl.run(["delete", "deploy", "web"]);
  await eventually("nothing is left", async () => {
    const left = await kubectl.run(["get", "deploy,rs,pods", "-o", "name"]);
    return left === "" ? true : undefined;
  });
});

test("a daemon set has a pod on each node", options, async () => {
  const labels = { app: "agent" };
  const spec = { containers: [{ name: "c", image: "agent:1" }] };
  const set = {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  await kubectl.run(["apply", "-f", await put("agent", set)]);
  await rollOut("ds/agent");
  await kubectl.run(["set", "image", "ds/agent", "c=agent:2"]);
  assert.match(await rollOut("ds/agent"), /daemon set "agent" successfully rolled out/);
  assert.equal(await imageOf("pods"), "agent:2 agent:2");
  const [, row] = (await kubectl.run(["get", "ds"])).trim().split("\n");
  assert.match(row!, /^agent +2 +2 +2 +2 +2 +<none> +\d+s/);
  const nodes = await kubectl.run(["get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}"]);
  assert.deepEqual(nodes.split(" ").sort(), ["edge-1", "edge-2"]);
});
