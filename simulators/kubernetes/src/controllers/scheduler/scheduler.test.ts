import assert from "node:assert/strict";
import { test } from "node:test";
import { NODES, PODS } from "../cluster/index.ts";
import { WorkloadBench } from "../testing/workload-bench.ts";
import { chooseNode } from "./choose-node.ts";

const HELPLESS = "Preemption is not helpful for scheduling";
const VICTIMS = "No preemption victims found for incoming pod";

// biome-ignore lint/suspicious/noExplicitAny: nodes and pods are written as short as can be.
const node = (name: string, more: any = {}): any => ({
  metadata: { name, labels: { "kubernetes.io/hostname": name, ...more.labels } },
  spec: { taints: more.taints, unschedulable: more.unschedulable },
  status: more.allocatable === undefined ? {} : { allocatable: more.allocatable },
});
// biome-ignore lint/suspicious/noExplicitAny: as above.
const pod = (spec: object, labels: object = {}): any => ({
  metadata: { name: "p", namespace: "default", labels },
  spec: { containers: [], ...spec },
});
const asking = (requests: object) => ({ containers: [{ resources: { requests } }] });
const term = (key: string, operator: string, ...values: string[]) => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
});
const required = (value: object) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: value } },
});
const apart = (app: string) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app } }, topologyKey: "kubernetes.io/hostname" },
      ],
    },
  },
});
const edge = { key: "edge", value: "yes", effect: "NoSchedule" };
const taken = pod({ nodeName: "a", ...asking({ cpu: "900m" }) }, { app: "x" });

const cases: {
  title: string;
  pod: object;
  nodes: object[];
  pods?: object[];
  choice: { node: string } | { fault: string };
}[] = [
  {
    title: "no node at all",
    pod: pod({}),
    nodes: [],
    choice: { fault: "no nodes available to schedule pods" },
  },
  {
    title: "the node with fewer pods",
    pod: pod({}),
    nodes: [node("a"), node("b")],
    pods: [taken],
    choice: { node: "b" },
  },
  {
    title: "nodeSelector",
    pod: pod({ nodeSelector: { disk: "ssd" } }),
    nodes: [node("a"), node("b", { labels: { disk: "ssd" } })],
    choice: { node: "b" },
  },
  {
    title: "nobody has what is selected, tainted or cordoned",
    pod: pod({ nodeSelector: { disk: "ssd" } }),
    nodes: [node("a"), node("b", { taints: [edge] }), node("c", { unschedulable: true })],
    choice: {
      fault: `0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {edge: yes}, 1 node(s) were unschedulable. preemption: 0/3 nodes are available: 3 ${HELPLESS}.`,
    },
  },
  {
    title: "a tolerated taint",
    pod: pod({ tolerations: [{ key: "edge", operator: "Exists" }] }),
    nodes: [node("b", { taints: [edge] })],
    choice: { node: "b" },
  },
  {
    title: "required node affinity",
    pod: pod(required(term("zone", "In", "z1"))),
    nodes: [node("a", { labels: { zone: "z2" } }), node("b", { labels: { zone: "z1" } })],
    choice: { node: "b" },
  },
  {
    title: "too little left",
    pod: pod(asking({ cpu: "200m", memory: "1Gi" })),
    nodes: [node("a", { allocatable: { cpu: "1", memory: "512Mi", pods: "10" } })],
    pods: [taken],
    choice: {
      fault: `0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. preemption: 0/1 nodes are available: 1 ${VICTIMS}.`,
    },
  },
  {
    title: "enough left",
    pod: pod(asking({ cpu: "100m" })),
    nodes: [node("a", { allocatable: { cpu: "1", pods: "10" } })],
    pods: [taken],
    choice: { node: "a" },
  },
  {
    title: "apart from others",
    pod: pod(apart("x")),
    nodes: [node("a")],
    pods: [taken],
    choice: {
      fault: `0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules. preemption: 0/1 nodes are available: 1 ${VICTIMS}.`,
    },
  },
];
for (const { title, pod: wanted, nodes, pods = [], choice } of cases) {
  test(`choosing a node: ${title}`, () => {
    assert.deepEqual(chooseNode(wanted as never, nodes as never, pods as never), choice);
  });
}

test("a pod waits with a reason, and is placed when a node appears that fits", async () => {
  using bench = new WorkloadBench();
  await bench.addNodes();
  const spec = { nodeSelector: { disk: "ssd" }, containers: [{ name: "c", image: "x:1" }] };
  await bench.create(PODS, { metadata: { name: "p" }, spec });
  await bench.settle();
  assert.deepEqual(bench.events("FailedScheduling"), ["no nodes available to schedule pods"]);
  const [waiting] = bench.pods()[0]!.status!.conditions!;
  assert.equal(waiting?.type, "PodScheduled");
  assert.equal(waiting?.reason, "Unschedulable");
  await bench.create(NODES, { metadata: { name: "n", labels: { disk: "ssd" } } });
  await bench.settle();
  assert.equal(bench.pods()[0]!.spec.nodeName, "n");
  assert.equal(bench.pods()[0]!.status!.conditions![0]!.status, "True");
  assert.deepEqual(bench.events("Scheduled"), ["Successfully assigned default/p to n"]);
});

test("who brings a scheduler of its own is left alone", async () => {
  using bench = new WorkloadBench();
  await bench.addNodes("n");
  const spec = { schedulerName: "own", containers: [{ name: "c", image: "x:1" }] };
  await bench.create(PODS, { metadata: { name: "p" }, spec });
  await bench.settle();
  assert.equal(bench.pods()[0]!.spec.nodeName, undefined);
});
