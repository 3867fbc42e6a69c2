import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Envelope } from "@mapperkit/api";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { LEASES, NODES } from "../kube/index.ts";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { TestCloud } from "../testing/test-cloud.ts";
import { until } from "../testing/until.ts";

const signal = new AbortController().signal;

async function setUp(t: TestContext) {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  await cloud.startCore();
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "edge-2");
  t.after(() => edge.close());
  const ask = async (operation: string, resource: string, content: unknown = null) => {
    const id = edge.send({ operation, source: "edged", group: "meta", resource }, content);
    let answer: Envelope | undefined;
    await until(`the answer to ${operation} ${resource}`, () => {
      answer = edge.received.find(({ header }) => header.parent_msg_id === id);
      return answer !== undefined;
    });
    return answer!.content as {
      Object: { metadata?: { name: string; labels?: object } } | null;
      Err: { ErrStatus: { code: number; reason: string } } | null;
    };
  };
  return { cloud, edge, ask };
}

/** As recorded from KubeEdge 1.23, shortened. */
const node = {
  metadata: {
    name: "edge-2",
    creationTimestamp: null,
    labels: { "kubernetes.io/os": "linux", "node-role.kubernetes.io/agent": "" },
  },
  spec: {},
  status: { capacity: { cpu: "2", memory: "24684084Ki", pods: "110" } },
};
const patch = JSON.stringify({
  status: {
    "$setElementOrder/conditions": [{ type: "Ready" }],
    conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-11-22T18:07:52Z" }],
    nodeInfo: { kubeletVersion: "v1.32.10-kubeedge-v1.23.1" },
  },
});
const lease = {
  kind: "Lease",
  apiVersion: "coordination.k8s.io/v1",
  metadata: { name: "edge-2", namespace: "kube-node-lease" },
  spec: {
    holderIdentity: "edge-2",
    leaseDurationSeconds: 40,
    renewTime: "2026-11-22T18:07:51.996078Z",
  },
};

test("a node registers as recorded: made, made twice, patched, its lease kept", async (t) => {
  const { cloud, ask } = await setUp(t);
  const made = await ask("insert", "null/node/edge-2", node);
  assert.equal(made.Err, null);
  const again = await ask("insert", "default/node/edge-2", node);
  assert.deepEqual(
    [again.Err?.ErrStatus.code, again.Err?.ErrStatus.reason],
    [409, "AlreadyExists"],
  );
  assert.equal((await ask("patch", "null/nodepatch/edge-2", patch)).Err, null);
  const missing = await ask("query", "kube-node-lease/lease/edge-2");
  assert.equal(missing.Err?.ErrStatus.code, 404);
  assert.equal((await ask("insert", "kube-node-lease/lease/edge-2", lease)).Err, null);
  const held = await ask("query", "kube-node-lease/lease/edge-2");
  const renewed = {
    ...held.Object,
    spec: { ...lease.spec, renewTime: "2026-11-22T18:08:02.055761Z" },
  };
  assert.equal((await ask("update", "kube-node-lease/lease/edge-2", renewed)).Err, null);
  const bare = (await ask("query", "default/node/edge-2")) as unknown as { metadata: object };
  assert.partialDeepStrictEqual(bare.metadata, { name: "edge-2" });

  const seen = await cloud.client.get(NODES, { name: "edge-2" }, signal);
  assert.partialDeepStrictEqual(seen, {
    metadata: { labels: { "node-role.kubernetes.io/edge": "", "kubernetes.io/os": "linux" } },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
  const ref = { namespace: "kube-node-lease", name: "edge-2" };
  assert.partialDeepStrictEqual(await cloud.client.get(LEASES, ref, signal), {
    spec: { renewTime: "2026-11-22T18:08:02.055761Z" },
  });
});

test("a node's business is its own: what is about another is refused, said and counted", async (t) => {
  const { cloud, ask } = await setUp(t);
  const attempts: [string, string, unknown][] = [
    ["insert", "default/node/edge-1", { ...node, metadata: { name: "edge-1" } }],
    ["query", "default/node/edge-1", null],
    ["patch", "default/nodepatch/edge-1", patch],
    ["update", "kube-node-lease/lease/edge-1", lease],
  ];
  for (const [operation, resource, content] of attempts) {
    const { Err } = await ask(operation, resource, content);
    assert.deepEqual([Err?.ErrStatus.code, Err?.ErrStatus.reason], [403, "Forbidden"], resource);
  }
  const refused = cloud.log.entries.filter(
    ({ message }) => message === "refused a request of a node",
  );
  assert.equal(refused.length, attempts.length);
  // The name inside is not believed either.
  await ask("insert", "default/node/edge-2", { ...node, metadata: { name: "edge-1" } });
  assert.ok(await cloud.client.get(NODES, { name: "edge-2" }, signal));
  await assert.rejects(cloud.client.get(NODES, { name: "edge-1" }, signal), /not found/);
});

test("what is no such request is answered, and the words of the cloud's modules are not heard", async (t) => {
  const { edge, ask } = await setUp(t);
  for (const content of ["{", 5, [], { metadata: null }]) {
    assert.ok((await ask("insert", "default/node/edge-2", content)).Err);
    assert.ok((await ask("patch", "default/nodepatch/edge-2", content)).Err);
  }
  assert.ok((await ask("delete", "default/node/edge-2")).Err);
  const before = edge.received.length;
  for (const source of ["edgecontroller", "devicecontroller", "synccontroller"]) {
    const route = { operation: "insert", source, group: "meta", resource: "default/node/edge-2" };
    edge.send(route, node);
  }
  await ask("query", "kube-node-lease/lease/edge-2");
  assert.equal(edge.received.length, before + 1);
});
