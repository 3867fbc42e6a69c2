import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { parse, parseAllDocuments, stringify } from "yaml";
import { cloudProgramConfig } from "./cloud-core-config.ts";
import { syncCrds } from "./crds/sync-crds.ts";
import {
  DEVICE_MODELS,
  DEVICES,
  type KubeObject,
  loadKubeconfig,
  VALIDATING_WEBHOOKS,
} from "./kube/index.ts";
import { ScriptedEdge } from "./testing/scripted-edge.ts";
import { certificatePem, getFrom, makeKeys, nodeSubject } from "./testing/scripted-joiner.ts";
import { TestCloud } from "./testing/test-cloud.ts";
import { until } from "./testing/until.ts";
import { createJoinToken } from "./tokens/index.ts";

const signal = new AbortController().signal;
const GROUP = "devices.kubeedge.io/v1beta1";
const manifests = resolve(import.meta.dirname, "../../manifests");

interface Kustomization {
  readonly resources: readonly string[];
  readonly patches?: readonly { target: { kind: string; name: string }; patch: string }[];
}

/** All objects of a kustomization, in its order, with the additions that its patches make. */
function objectsOf(folder: string): KubeObject[] {
  const text = readFileSync(join(folder, "kustomization.yaml"), "utf8");
  const { resources, patches = [] } = parse(text) as Kustomization;
  const objects = resources.flatMap((name) => {
    return parseAllDocuments(readFileSync(join(folder, name), "utf8")).map(
      (each) => each.toJS() as KubeObject,
    );
  });
  for (const { target, patch } of patches) {
    const hit = objects.filter(
      ({ kind, metadata }) =>
        kind === target.kind && new RegExp(`^${target.name}$`).test(metadata.name),
    );
    for (const object of hit) for (const operation of parse(patch)) add(object, operation);
  }
  return objects;
}

function add(object: KubeObject, operation: { op: string; path: string; value: unknown }): void {
  assert.equal(operation.op, "add");
  const steps = operation.path.split("/").slice(1);
  const last = steps.pop() ?? "";
  let place = object as Record<string, unknown>;
  for (const step of steps) place = place[step] as Record<string, unknown>;
  place[last] = operation.value;
}

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  ConfigMap: "configmaps",
  Service: "services",
  Deployment: "deployments",
  CustomResourceDefinition: "customresourcedefinitions",
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
};

async function applied(t: TestContext): Promise<TestCloud> {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  for (const object of objectsOf(manifests)) {
    const [group = "", version = ""] = object.apiVersion?.includes("/")
      ? object.apiVersion.split("/")
      : ["", object.apiVersion];
    const plural = PLURALS[object.kind ?? ""];
    assert.ok(plural, `a manifest of an unexpected kind: ${object.kind}`);
    await cloud.client.create({ group, version, plural }, object, { signal });
  }
  return cloud;
}

/** The administrator's kubeconfig, with the service account's token in place of its certificate. */
async function accountKubeconfig(cloud: TestCloud): Promise<string> {
  const resource = { group: "", version: "v1", plural: "serviceaccounts/cloudcore/token" };
  const request = { metadata: { name: "", namespace: "kubeedge" }, spec: {} } as KubeObject;
  const { status } = await cloud.client.create(resource, request, { signal });
  const config = parse(readFileSync(cloud.kubeconfig, "utf8"));
  config.users[0].user = { token: (status as { token: string }).token };
  config.contexts[0].context.namespace = "kubeedge";
  const file = join(cloud.dataDir, "account-kubeconfig");
  writeFileSync(file, stringify(config));
  return file;
}

test("cloudcore does all that it does with the rights of its manifests, and no call is refused", async (t) => {
  const cloud = await applied(t);
  const kubeconfig = await accountKubeconfig(cloud);
  const tls = { advertise: ["localhost"], certificates: { port: 0 } };
  await cloud.startCore({ kubeconfig, replicas: "several", hub: { port: 0, tls } });
  const registered = await cloud.client.get(
    VALIDATING_WEBHOOKS,
    { name: "mapperkit-devices" },
    signal,
  );
  assert.match(JSON.stringify(registered), /"caBundle":"/);
  const { token } = await createJoinToken(cloud, { node: "e1", ttlMs: 60_000 }, signal);
  const keys = makeKeys(nodeSubject("e1"));
  const headers = {
    authorization: `Bearer ${token.split(".").slice(1).join(".")}`,
    NodeName: "e1",
  };
  const port = cloud.core.certificatePort;
  const signed = await getFrom(port, "/edge.crt", { headers, body: keys.csrDer });
  const ca = certificatePem((await getFrom(port, "/ca.crt")).body);
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "e1", {
    ...{ key: keys.keyPem, cert: certificatePem(signed.body), ca },
  });
  t.after(() => edge.close());
  edge.askForDevices();
  const ask = (operation: string, resource: string, content: unknown) =>
    edge.send({ operation, source: "edged", group: "meta", resource }, content);
  const node = { metadata: { name: "e1" }, status: {} };
  ask("insert", "default/node/e1", node);
  ask("insert", "kube-node-lease/lease/e1", { metadata: { name: "e1" }, spec: {} });
  ask("query", "default/node/e1", "");
  const conditions = [{ type: "Ready", status: "True" }];
  await edge.got("response", "default/node/e1");
  ask("patch", "default/nodepatch/e1", JSON.stringify({ status: { conditions } }));
  const patched = await edge.got("response", "default/nodepatch/e1");
  assert.equal((patched.content as { Err: unknown }).Err, null);

  const metadata = { name: "counter", namespace: "default" };
  const properties = [{ name: "power", type: "STRING", accessMode: "ReadWrite" }];
  await cloud.client.create(
    DEVICE_MODELS,
    { apiVersion: GROUP, kind: "DeviceModel", metadata, spec: { properties } },
    { signal },
  );
  const spec = { nodeName: "e1", deviceModelRef: { name: "counter" } };
  await cloud.client.create(
    DEVICES,
    { apiVersion: GROUP, kind: "Device", metadata, spec },
    { signal },
  );
  await edge.got("insert", "default/device/counter");
  const report = edge.report("default/counter", { power: { actual: { value: "1" } } });
  await until("the report's confirmation", () => edge.isConfirmed(report));
  edge.state("default/counter", "online");
  edge.state("default/counter", "offline");
  await cloud.deviceWith("the offline device", ({ status }) => status?.state === "offline");
  await cloud.client.delete(DEVICES, metadata, signal);
  await edge.got("delete", "default/device/counter");
  await cloud.core.stop();
  const refusals = cloud.log.entries.filter(({ fields }) =>
    /forbidden/i.test(textOf(fields.error)),
  );
  assert.deepEqual(
    refusals.map(({ message, fields }) => `${message}: ${textOf(fields.error)}`),
    [],
  );
});

test("the configuration of the manifests is one that cloudcore and its Kubernetes client can read", async (t) => {
  const config = objectsOf(manifests).find(({ kind }) => kind === "ConfigMap");
  const data = config?.data as Record<string, string>;
  const { webhook, replicas } = cloudProgramConfig.parse(parse(data["cloudcore.yaml"] ?? ""));
  assert.deepEqual([webhook.service?.name, replicas], ["cloudcore-webhook", "several"]);
  const folder = mkdtempSync(join(tmpdir(), "manifests-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "kubeconfig");
  const account = "/var/run/secrets/kubernetes.io/serviceaccount";
  writeFileSync(file, (data.kubeconfig ?? "").replaceAll(account, folder));
  writeFileSync(join(folder, "ca.crt"), "CA");
  writeFileSync(join(folder, "token"), "T");
  const access = await loadKubeconfig(file);
  assert.equal(access.namespace, "kubeedge");
});

test("the CRDs of the manifests are those that cloudcore installs", () => {
  for (const crd of syncCrds) {
    const file = join(manifests, "sync-crds", `${crd.metadata.name}.yaml`);
    assert.deepEqual(parse(readFileSync(file, "utf8")), crd);
  }
});

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error ?? "");
}
