import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { FakeKubernetes } from "../../testing/fake-kubernetes.ts";
import { until } from "../../testing/until.ts";
import { KubeClient } from "../client/kube-client.ts";
import { DEVICES } from "../client/kube-resource.ts";
import { Reflector } from "./reflector.ts";

const COLLECTION = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices";

async function watched(t: TestContext, prepare?: (kube: FakeKubernetes) => void) {
  const kube = new FakeKubernetes();
  prepare?.(kube);
  await kube.start();
  const clock = new RealClock();
  const loadAccess = async () => ({
    server: kube.url,
    namespace: "default",
    insecureSkipTlsVerify: false,
  });
  const client = new KubeClient({ loadAccess, clock });
  const changes: string[] = [];
  const reflector = new Reflector({
    name: "devices",
    source: {
      get accessGeneration() {
        return client.accessGeneration;
      },
      listPage: (query, signal) => client.listPage(DEVICES, query, signal),
      watch: (options, signal) => client.watch(DEVICES, options, signal),
    },
    onChange: ({ type, object }) => changes.push(`${type} ${object.metadata.name}`),
    clock,
    random: createRandom(1),
    log: silentLog,
  });
  t.after(async () => {
    await reflector.stop();
    client.close();
    await kube.kill();
  });
  const heard = async (...expected: string[]) => {
    await until(`changes ${expected}`, () => changes.length >= expected.length);
    assert.deepEqual(changes.splice(0, expected.length), expected);
  };
  return { kube, reflector, changes, heard };
}

test("lists in pages, then hears every change in order", async (t) => {
  const { kube, reflector, changes, heard } = await watched(t, (fresh) => {
    for (let i = 0; i < 1_200; i++) fresh.put(`${COLLECTION}/d${i}`, { spec: {} });
  });
  await reflector.start(new AbortController().signal);
  assert.equal(changes.splice(0).length, 1_200);
  assert.equal(kube.requests.filter((r) => r.includes("continue=")).length, 2);
  kube.put(`${COLLECTION}/ä-1`, { spec: { nodeName: "œ" } });
  kube.put(`${COLLECTION}/ä-1`, { spec: { nodeName: "b" } });
  kube.remove(`${COLLECTION}/ä-1`);
  await heard("added ä-1", "modified ä-1", "deleted ä-1");
});

test("misses nothing while the server is dead, and tells nothing twice", async (t) => {
  const { kube, reflector, changes, heard } = await watched(t, (fresh) => {
    fresh.put(`${COLLECTION}/kept`, { spec: {} });
    fresh.put(`${COLLECTION}/removed`, { spec: {} });
  });
  await reflector.start(new AbortController().signal);
  await heard("added kept", "added removed");
  await kube.kill();
  kube.remove(`${COLLECTION}/removed`);
  kube.put(`${COLLECTION}/new`, { spec: {} });
  await kube.start();
  await heard("deleted removed", "added new");
  assert.deepEqual(changes, []);
});

test("an expired watch lists anew: what was re-created under its name is deleted, then added", async (t) => {
  const { kube, reflector, heard } = await watched(t, (fresh) => {
    fresh.put(`${COLLECTION}/same`, { spec: {} });
    fresh.put(`${COLLECTION}/gone`, { spec: {} });
    fresh.put(`${COLLECTION}/kept`, { spec: {} });
  });
  await reflector.start(new AbortController().signal);
  await heard("added same", "added gone", "added kept");
  await kube.kill();
  kube.remove(`${COLLECTION}/same`);
  kube.put(`${COLLECTION}/same`, { spec: {} });
  kube.remove(`${COLLECTION}/gone`);
  kube.compact();
  await kube.start();
  await heard("deleted gone", "deleted same", "added same");
  const lists = kube.requests.filter((r) => r.startsWith("GET") && !r.includes("watch="));
  assert.match(lists.at(-1) ?? "", /resourceVersion=(&|$)/);
});

test("starts before the server, and honours Retry-After", async (t) => {
  const { kube, reflector, heard } = await watched(t);
  let refusals = 2;
  kube.put(`${COLLECTION}/one`, { spec: {} });
  kube.intercept = () =>
    refusals-- > 0
      ? { status: 429, body: { code: 429, details: { retryAfterSeconds: 0 } } }
      : undefined;
  await kube.kill();
  const started = reflector.start(new AbortController().signal);
  await kube.start();
  await started;
  await heard("added one");
  assert.ok(reflector.lastEventAgeMs < 10_000);
});
