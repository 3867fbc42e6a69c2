import assert from "node:assert/strict";
import { test } from "node:test";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { KubeClient } from "../kube/index.ts";
import { FakeKubernetes } from "../testing/fake-kubernetes.ts";
import { migrateStoredVersions } from "./stored-versions.ts";
import { wantedCrds } from "./wanted-crds.ts";

test("every object is written once, then the old version is struck; a second run does nothing", async (t) => {
  const kube = new FakeKubernetes();
  const devices = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices";
  for (let i = 0; i < 700; i++) kube.put(`${devices}/d${i}`, { spec: {} });
  const crd = wantedCrds(undefined).find(({ metadata }) => metadata.name.startsWith("devices."));
  assert.ok(crd);
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;
  kube.put(path, { spec: crd.spec, status: { storedVersions: ["v1alpha2", "v1beta1"] } });
  await kube.start();
  const client = new KubeClient({
    loadAccess: async () => ({
      server: kube.url,
      namespace: "default",
      insecureSkipTlsVerify: false,
    }),
    clock: new RealClock(),
  });
  t.after(async () => {
    client.close();
    await kube.kill();
  });
  const { signal } = new AbortController();
  const writes = () => kube.requests.filter((line) => line.startsWith("PATCH")).length;
  await migrateStoredVersions({ client, crd, log: silentLog, signal });
  assert.equal(writes(), 701);
  assert.deepEqual(kube.object(path)?.status, { storedVersions: ["v1beta1"] });
  await migrateStoredVersions({ client, crd, log: silentLog, signal });
  assert.equal(writes(), 701);
});
