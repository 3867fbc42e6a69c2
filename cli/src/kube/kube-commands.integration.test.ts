import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { createKubernetes, type Kubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { parseAllDocuments } from "yaml";
import { runCli } from "../cli.ts";

const OBJECTS = `
apiVersion: demo.example.com/v1
kind: Widget
metadata: { name: lamp, namespace: shop, labels: { in: "yes" }, annotations: { note: "on" } }
spec: { value: "ON", size: 3 }
status: { phase: Lit }
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Secret
    metadata: { name: key, namespace: shop }
    data: { a: aGVsbG8= }
  - apiVersion: v1
    kind: Namespace
    metadata: { name: shop }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.demo.example.com }
spec:
  group: demo.example.com
  scope: Namespaced
  names: { plural: widgets, kind: Widget, shortNames: [wg] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kube-commands-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function startKube(t: TestContext, data: string): Promise<Kubernetes> {
  const config = kubernetesConfig.parse({
    dataDir: join(data, "kubernetes"),
    kubeconfigFile: join(data, "kubeconfig"),
    port: 0,
  });
  const ports = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const kubernetes = createKubernetes(config, ports);
  await kubernetes.start(t.signal);
  t.after(() => kubernetes.stop());
  return kubernetes;
}

async function kube(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const streams = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const code = await runCli(["kube", ...args], streams);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

function objectsOf(yaml: string) {
  return parseAllDocuments(yaml, { version: "1.1" }).map((document) => document.toJS());
}

test("what is exported is imported elsewhere and is the same; running or stopped", async (t) => {
  const [first, second] = [await newFolder(t), await newFolder(t)];
  const given = join(first, "given.yaml");
  await writeFile(given, OBJECTS);
  const imported = await kube("import", given, "--data", first);
  assert.equal(imported.code, 0, imported.err);
  assert.deepEqual(imported.out.split("\n"), [
    "namespace/shop applied",
    "customresourcedefinition/widgets.demo.example.com applied",
    "widget/lamp applied",
    "secret/key applied",
  ]);
  const file = join(first, "all.yaml");
  const exported = await kube("export", "-o", file, "--status", "--data", first);
  assert.equal(exported.code, 0, exported.err);
  assert.equal(exported.err, `4 objects exported to ${file}`);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const yaml = await readFile(file, "utf8");
  for (const word of ["uid", "resourceVersion", "managedFields", "creationTimestamp"]) {
    assert.ok(!yaml.includes(`${word}:`), word);
  }
  const objects = objectsOf(yaml);
  assert.deepEqual(
    objects.map(({ kind }) => kind),
    ["Namespace", "CustomResourceDefinition", "Secret", "Widget"],
  );
  assert.deepEqual(objects[3], {
    apiVersion: "demo.example.com/v1",
    kind: "Widget",
    metadata: {
      name: "lamp",
      namespace: "shop",
      labels: { in: "yes" },
      annotations: { note: "on" },
    },
    spec: { value: "ON", size: 3 },
    status: { phase: "Lit" },
  });
  await startKube(t, second);
  assert.equal((await kube("import", file, "--data", second)).code, 0, "the server runs");
  const again = await kube("export", "--status", "--data", second);
  assert.deepEqual(objectsOf(again.out), objects);
  assert.equal((await kube("import", file, "--data", second)).code, 0, "a second time");
});

test("kinds are chosen by any of their names, and status only when asked for", async (t) => {
  const folder = await newFolder(t);
  const given = join(folder, "given.yaml");
  await writeFile(given, OBJECTS);
  await startKube(t, folder);
  await kube("import", given, "--data", folder);
  for (const name of ["wg", "Widget", "widgets", "widgets.demo.example.com"]) {
    const { out } = await kube("export", name, "--kubeconfig", join(folder, "kubeconfig"));
    const [widget, ...others] = objectsOf(out);
    assert.equal(widget.metadata.name, "lamp");
    assert.equal(widget.status, undefined);
    assert.deepEqual(others, []);
  }
  const unknown = await kube("export", "gadgets", "--data", folder);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /kind gadgets is not served; there are .*widgets/);
});

test("an import goes on after what is refused, and tells of it", async (t) => {
  const folder = await newFolder(t);
  const given = join(folder, "given.yaml");
  await writeFile(
    given,
    `{apiVersion: v1, kind: Secret, metadata: {name: BAD, namespace: default}}
---
{apiVersion: nowhere/v1, kind: Thing, metadata: {name: a}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: good, namespace: default}}
`,
  );
  const { code, out, err } = await kube("import", given, "--data", folder);
  assert.equal(code, 4);
  assert.equal(out, "configmap/good applied");
  assert.match(err, /secret\/BAD: .*Invalid value: "BAD"/);
  assert.match(err, /thing\/a: no kind Thing in version nowhere\/v1/);
  assert.match(err, /2 of 3 objects were refused/);
  await writeFile(given, "a: [");
  assert.equal((await kube("import", given, "--data", folder)).code, 2);
  await writeFile(given, "kind: Secret");
  assert.match((await kube("import", given, "--data", folder)).err, /document 1: not a Kubernetes/);
});

test("reset empties a stopped stand-in, refuses a running one, and versions go on rising", async (t) => {
  const folder = await newFolder(t);
  assert.equal((await kube("reset", "--yes", "--data", folder)).code, 1, "there is none");
  const given = join(folder, "given.yaml");
  await writeFile(given, OBJECTS);
  await kube("import", given, "--data", folder);
  const kubernetes = await startKube(t, folder);
  const running = await kube("reset", "--yes", "--data", folder);
  assert.equal(running.code, 2);
  assert.match(running.err, /in use by another Kubernetes stand-in: stop it/);
  await kubernetes.stop();
  const keys = await readFile(join(folder, "kubernetes", "credentials.json"), "utf8");
  const { code, out } = await kube("reset", "--yes", "--data", folder);
  assert.equal(code, 0);
  assert.match(out, /^\d+ objects deleted in /);
  const empty = await kube("export", "--data", folder);
  assert.equal(empty.err, "0 objects exported");
  assert.equal(await readFile(join(folder, "kubernetes", "credentials.json"), "utf8"), keys);
});
