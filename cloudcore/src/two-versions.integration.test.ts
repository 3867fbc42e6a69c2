import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEVICE_MODELS,
  DEVICES,
  type KubeObject,
  loadKubeconfig,
  VALIDATING_WEBHOOKS,
} from "./kube/index.ts";
import { ScriptedEdge } from "./testing/scripted-edge.ts";
import { type MakeKubernetes, TestCloud } from "./testing/test-cloud.ts";
import { WarnedClient } from "./testing/warned-client.ts";

/**
 * The eleven rules of one Device in two API versions, by number. They run against the stand-in, and
 * where MAPPERKIT_TEST_KUBECONFIG names a kubeconfig, against that API server too: one that may get
 * our CRDs, has no Device `default/counter`, and reaches this machine's loopback.
 */
const signal = new AbortController().signal;
const foreign = process.env.MAPPERKIT_TEST_KUBECONFIG;
const OLD = { ...DEVICES, version: "v1alpha2" };
const REF = { namespace: "default", name: "counter" };
const MODEL_REF = { namespace: "default", name: "counter-model" };
const CRD_REF = { name: "devices.devices.kubeedge.io" };

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly subresources?: { readonly status?: object };
  readonly schema: { readonly openAPIV3Schema: Schema };
}
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
}
interface Crd {
  readonly spec: {
    readonly conversion: { readonly strategy: string };
    readonly versions: readonly Version[];
  };
  readonly status: { readonly storedVersions: readonly string[] };
}
interface OldDevice extends KubeObject {
  readonly spec: Record<string, unknown>;
  readonly status: {
    readonly twins: readonly { readonly desired?: unknown; readonly reported?: unknown }[];
  };
}

const standIn: MakeKubernetes = (dataDir, port, clock) => {
  const tools = { clock, random: createRandom(1), log: silentLog };
  return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
};
const real: MakeKubernetes = (dataDir) => {
  let url = "";
  return {
    name: "given",
    get url() {
      return url;
    },
    start: async () => {
      await copyFile(foreign ?? "", join(dataDir, "kubeconfig"));
      url = (await loadKubeconfig(foreign ?? "")).server;
    },
    stop: async () => {},
  };
};
const servers: { name: string; make: MakeKubernetes }[] = [
  { name: "stand-in", make: standIn },
  ...(foreign ? [{ name: "given API server", make: real }] : []),
];

for (const { name, make } of servers) {
  test(`both API versions on the ${name}`, async (t) => {
    const cloud = await TestCloud.create(t, make);
    await cloud.startKube();
    await cloud.startCore();
    t.after(() => removeAll(cloud));
    await createCounter(cloud);
    await rulesOfDefinitions(t, cloud);
    await rulesOfConversion(t, cloud);
    await rulesOfReported(t, cloud);
    await rulesOfWarnings(t, cloud);
    await rulesOfAbsence(t, cloud);
  });
}

async function createCounter({ client }: TestCloud): Promise<void> {
  const head = { apiVersion: "devices.kubeedge.io/v1beta1" };
  const properties = [{ name: "status", type: "STRING", accessMode: "ReadWrite" }];
  const model = { ...head, kind: "DeviceModel", metadata: MODEL_REF, spec: { properties } };
  await client.create(DEVICE_MODELS, model, { signal });
  const spec = {
    ...{ deviceModelRef: { name: MODEL_REF.name }, nodeName: "rules-edge" },
    properties: [{ name: "status", desired: { value: "OFF" } }],
  };
  await client.create(DEVICES, { ...head, kind: "Device", metadata: REF, spec }, { signal });
}

async function removeAll({ client }: TestCloud): Promise<void> {
  await client.delete(DEVICES, REF, signal).catch(() => undefined);
  await client.delete(DEVICE_MODELS, MODEL_REF, signal).catch(() => undefined);
}

async function crdOf(cloud: TestCloud): Promise<Crd & KubeObject> {
  const crd = await cloud.client.get(CUSTOM_RESOURCE_DEFINITIONS, CRD_REF, signal);
  return crd as unknown as Crd & KubeObject;
}

async function oldDevice(cloud: TestCloud): Promise<OldDevice> {
  return (await cloud.client.get(OLD, REF, signal)) as unknown as OldDevice;
}

async function rulesOfDefinitions(t: TestContext, cloud: TestCloud): Promise<void> {
  const crd = await crdOf(cloud);
  const version = (name: string) => {
    const found = crd.spec.versions.find((each) => each.name === name);
    assert.ok(found?.served, name);
    return found;
  };
  const listType = (name: string, ...path: string[]) => {
    const root = version(name).schema.openAPIV3Schema;
    const list = path.reduce<Schema | undefined>((at, step) => at?.properties?.[step], root);
    return [list?.["x-kubernetes-list-type"], list?.["x-kubernetes-list-map-keys"]];
  };
  await t.test("rule 1: v1beta1 is stored, and never without conversion beside v1alpha2", () => {
    assert.equal(version("v1beta1").storage, true);
    assert.equal(version("v1alpha2").storage, false);
    assert.equal(crd.spec.conversion.strategy, "Webhook");
  });
  await t.test("rule 2: v1beta1 has a status subresource, v1alpha2 has none", () => {
    assert.ok(version("v1beta1").subresources?.status);
    assert.equal(version("v1alpha2").subresources?.status, undefined);
  });
  await t.test("rule 5: only v1beta1 is left among the stored versions", async () => {
    assert.deepEqual((await crdOf(cloud)).status.storedVersions, ["v1beta1"]);
  });
  await t.test("rule 9: which lists are merged by their keys", () => {
    assert.deepEqual(listType("v1beta1", "spec", "properties"), ["map", ["name"]]);
    assert.ok(["atomic", undefined].includes(listType("v1beta1", "status", "twins")[0] as string));
    assert.deepEqual(listType("v1alpha2", "status", "twins"), ["map", ["propertyName"]]);
  });
}

async function rulesOfConversion(t: TestContext, cloud: TestCloud): Promise<void> {
  await t.test(
    "rule 2: desired written in v1alpha2 is desired in v1beta1, one generation on",
    async () => {
      const before = await cloud.device();
      const twin = {
        propertyName: "status",
        desired: { value: "ON", metadata: { type: "string" } },
      };
      await cloud.patchDevice({ status: { twins: [twin] } }, "v1alpha2");
      const after = await cloud.device();
      assert.equal(after.spec?.properties?.[0]?.desired?.value, "ON");
      assert.equal(after.metadata.generation, (before.metadata.generation ?? 0) + 1);
    },
  );
  await t.test(
    "rule 3: both versions are the same object, whatever its leftovers say",
    async () => {
      const rubbish = "mapperkit/kept-from-v1alpha2";
      await cloud.patchDevice({ metadata: { annotations: { [rubbish]: "{rubbish" } } });
      const [now, old] = [await cloud.device(), await oldDevice(cloud)];
      const identity = ({ metadata }: { metadata: object }) => {
        const { name, uid, generation, finalizers } = metadata as Record<string, unknown>;
        return { name, uid, generation, finalizers };
      };
      assert.deepEqual(identity(old), identity(now));
      await cloud.patchDevice({ metadata: { annotations: { [rubbish]: null } } });
    },
  );
  await t.test(
    "rule 7: what v1beta1 cannot say comes back in v1alpha2; else nothing is carried",
    async () => {
      const plain = await cloud.device();
      assert.ok(!JSON.stringify(plain.metadata.annotations ?? {}).includes("mapperkit/kept"));
      const data = { dataTopic: "t/+", dataProperties: [{ propertyName: "status", metadata: {} }] };
      await cloud.patchDevice({ spec: { data } }, "v1alpha2");
      assert.deepEqual((await oldDevice(cloud)).spec.data, data);
      assert.equal((await cloud.device()).spec?.nodeName, "rules-edge");
      await cloud.patchDevice({ spec: { data: null } }, "v1alpha2");
      assert.equal((await oldDevice(cloud)).spec.data, undefined);
    },
  );
}

async function rulesOfReported(t: TestContext, cloud: TestCloud): Promise<void> {
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "rules-edge");
  t.after(() => edge.close());
  edge.askForDevices();
  await edge.got("insert", "default/device/counter");
  edge.report("default/counter", { status: { actual: { value: "7" } } });
  const reported = async () => (await cloud.device()).status?.twins?.[0]?.reported?.value;
  await t.test("rule 10: reported lives in the status of the Device", async () => {
    await cloud.deviceWith(
      "the report",
      ({ status }) => status?.twins?.[0]?.reported?.value === "7",
    );
    const mirror = { ...DEVICES, plural: "devicestatuses" };
    await assert.rejects(cloud.client.get(mirror, REF, signal), { code: "not_found" });
  });
  await t.test("rule 8: no write in v1alpha2 overwrites what is reported", async () => {
    const old = await oldDevice(cloud);
    assert.match(JSON.stringify(old.status.twins[0]?.reported), /"value":"7"/);
    const forged = { propertyName: "status", reported: { value: "999" } };
    await cloud.patchDevice({ status: { twins: [forged] } }, "v1alpha2");
    assert.equal(await reported(), "7");
    await cloud.client.update(OLD, await oldDevice(cloud), { signal });
    assert.equal(await reported(), "7");
  });
  await t.test("rule 8: a foreign value in v1beta1 is written back", async () => {
    const twins = [{ propertyName: "status", reported: { value: "999" } }];
    const options = { patch: { status: { twins } }, subresource: "status", signal } as const;
    await cloud.client.mergePatch(DEVICES, REF, options);
    await cloud.deviceWith("the true value", ({ status }) => {
      return status?.twins?.[0]?.reported?.value === "7";
    });
  });
  await t.test(
    "rule 11: status.twins merged without naming the version is taken, and does nothing",
    async () => {
      const before = await cloud.device();
      const twins = [{ propertyName: "status", desired: { value: "LATER" } }];
      await cloud.patchDevice({ status: { twins } });
      const after = await cloud.device();
      assert.deepEqual(
        [after.spec, after.metadata.generation],
        [before.spec, before.metadata.generation],
      );
    },
  );
}

async function rulesOfWarnings(t: TestContext, cloud: TestCloud): Promise<void> {
  const kubectl = await WarnedClient.open(cloud.kubeconfig);
  t.after(() => kubectl.close());
  const patch = (version: string, body: object) =>
    kubectl.patch({ ...DEVICES, version }, REF, { body, fieldManager: "kubectl-patch" });
  await t.test("rule 11: who patches status.twins in v1beta1 is told where to write", async () => {
    const twins = [{ propertyName: "status", desired: { value: "LATER" } }];
    const { status, warnings } = await patch("v1beta1", { status: { twins } });
    assert.equal(status, 200);
    assert.match(warnings.join("\n"), /nothing is changed by this.*spec\.properties\[\]\.desired/);
  });
  await t.test("rule 11: a desired value where it belongs brings no warning", async () => {
    const properties = [{ name: "status", desired: { value: "LATER" } }];
    const { status, warnings } = await patch("v1beta1", { spec: { properties } });
    assert.deepEqual([status, warnings], [200, []]);
  });
  await t.test("rule 8: who writes a reported value in v1alpha2 is told so", async () => {
    const twins = [{ propertyName: "status", reported: { value: "999" } }];
    const { status, warnings } = await patch("v1alpha2", { status: { twins } });
    assert.equal(status, 200);
    assert.match(warnings.join("\n"), /status\.twins\[status\]\.reported/);
  });
}

async function rulesOfAbsence(t: TestContext, cloud: TestCloud): Promise<void> {
  const before = await crdOf(cloud);
  const port = cloud.core.webhookPort;
  await cloud.core.stop();
  await t.test(
    "rule 3: with the webhook down v1beta1 works in full, and v1alpha2 fails",
    async () => {
      // Nor does the admission that nobody answers stand in the way.
      await cloud.patchDevice({ metadata: { labels: { while: "down" } } });
      assert.equal((await cloud.device()).metadata.labels?.while, "down");
      await assert.rejects(cloud.client.get(OLD, REF, signal));
    },
  );
  await t.test("rule 4: a start that finds nothing to change leaves the CRD alone", async () => {
    await cloud.startCore({ webhook: { port } });
    const after = await crdOf(cloud);
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.equal((await oldDevice(cloud)).metadata.name, "counter");
  });
  await cloud.core.stop();
  await t.test(
    "rule 6: a webhook that cannot be reached costs v1alpha2 and nothing else",
    async () => {
      await cloud.startCore({ webhook: { enabled: false, url: "https://127.0.0.1:9/convert" } });
      assert.ok(cloud.log.entries.some(({ message }) => /served as v1beta1 only/.test(message)));
      assert.equal((await cloud.device()).metadata.name, "counter");
      await assert.rejects(cloud.client.get(OLD, REF, signal), { code: "not_found" });
      const ref = { name: "mapperkit-devices" };
      const { webhooks = [] } = await cloud.client.get(VALIDATING_WEBHOOKS, ref, signal);
      assert.deepEqual(webhooks, []);
    },
  );
}
