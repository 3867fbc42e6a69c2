import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { findKubectl, Kubectl, whyNoKubectl } from "./kubectl.ts";
import { TestServer } from "./test-server.ts";

const skip = whyNoKubectl();

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.demo.example.com}
spec:
  group: demo.example.com
  scope: Namespaced
  names: {plural: lamps, kind: Lamp, shortNames: [lp], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Color, type: string, jsonPath: .spec.color}
    - {name: Note, type: string, jsonPath: .spec.note, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        description: A lamp that shines.
        required: [spec]
        properties:
          spec:
            type: object
            description: What the lamp should do.
            required: [color]
            properties:
              color: {type: string, enum: [red, blue], description: The light's color.}
              replicas: {type: integer, default: 1, minimum: 0}
              note: {type: string}
          status:
            type: object
            properties:
              conditions:
                type: array
                items: {type: object, properties: {type: {type: string}, status: {type: string}}}
`;
const LAMP = `
apiVersion: demo.example.com/v1
kind: Lamp
metadata: {name: hall}
spec: {color: red}
`;

interface Bench extends AsyncDisposable {
  readonly server: TestServer;
  readonly kubectl: Kubectl;
  /** The output of a command that must succeed. */
  readonly k: (...args: string[]) => Promise<string>;
}

async function withLamps(): Promise<Bench> {
  const server = await TestServer.start();
  const kubectl = await Kubectl.create(server.kubernetes.kubeconfigFile);
  const k = async (...args: string[]) => {
    const { code, out, err } = await kubectl.run(args);
    assert.equal(code, 0, `kubectl ${args.join(" ")}: ${err}`);
    return out;
  };
  const file = await kubectl.write("lamps.yaml", DEFINITION);
  assert.equal(
    await k("apply", "-f", file),
    "customresourcedefinition.apiextensions.k8s.io/lamps.demo.example.com created\n",
  );
  await k("wait", "--for=condition=Established", "crd/lamps.demo.example.com", "--timeout=5s");
  return {
    server,
    kubectl,
    k,
    async [Symbol.asyncDispose]() {
      await kubectl[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("kubectl applies, reads, edits, patches and deletes a custom resource", { skip }, async () => {
  await using bench = await withLamps();
  const { k, kubectl } = bench;
  const file = await kubectl.write("hall.yaml", LAMP);
  assert.equal(await k("apply", "-f", file), "lamp.demo.example.com/hall created\n");
  assert.equal(await k("apply", "-f", file), "lamp.demo.example.com/hall unchanged\n");
  assert.match(await k("get", "lamps"), /^NAME +COLOR\nhall +red\n$/);
  assert.match(await k("get", "lp", "-o", "wide"), /^NAME +COLOR +NOTE\nhall +red *\n$/);
  assert.match(await k("get", "lamp", "hall", "-o", "yaml"), /^ {2}replicas: 1$/m);
  const edited = await kubectl.run(["edit", "lamp", "hall"], { editor: "sed -i s/red/blue/" });
  assert.equal(edited.out, "lamp.demo.example.com/hall edited\n", edited.err);
  const jsonpath = "jsonpath={.spec.color} {.metadata.generation}";
  assert.equal(await k("get", "lamp", "hall", "-o", jsonpath), "blue 2");
  const note = '{"spec":{"note":"x"}}';
  const patched = await k("patch", "lamp", "hall", "--type=merge", "-p", note);
  assert.equal(patched, "lamp.demo.example.com/hall patched\n");
  const again = await k("patch", "lamp", "hall", "--type=merge", "-p", note);
  assert.equal(again, "lamp.demo.example.com/hall patched (no change)\n");
  const operation = '[{"op":"remove","path":"/spec/note"}]';
  await k("patch", "lamp", "hall", "--type=json", "-p", operation);
  assert.equal(await k("label", "lamp", "hall", "a=b"), "lamp.demo.example.com/hall labeled\n");
  await k("annotate", "lamp", "hall", "c=d");
  assert.match(await k("get", "lamps", "-l", "a=b", "--show-labels"), /hall .* a=b\n$/);
  assert.equal(
    await k("scale", "lamp", "hall", "--replicas=3"),
    "lamp.demo.example.com/hall scaled\n",
  );
  assert.match(await k("describe", "lamp", "hall"), /Replicas: +3\n[\s\S]*Events: +<none>\n$/);
  assert.match(await k("delete", "lamp", "hall"), /^lamp.demo.example.com "hall" deleted/);
});

test("kubectl waits for a condition that another sets on the status", { skip }, async () => {
  await using bench = await withLamps();
  const { k, kubectl } = bench;
  await kubectl.run(["create", "-f", "-"], { input: LAMP });
  const waiting = k("wait", "--for=condition=Ready", "lamp/hall", "--timeout=20s");
  const status = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}';
  await k("patch", "lamp", "hall", "--subresource=status", "--type=merge", "-p", status);
  assert.equal(await waiting, "lamp.demo.example.com/hall condition met\n");
});

test("kubectl get -w shows each change as it happens", { skip }, async (t) => {
  await using bench = await withLamps();
  const { k, kubectl, server } = bench;
  await kubectl.run(["create", "-f", "-"], { input: LAMP });
  const watching = spawn(findKubectl() ?? "kubectl", ["get", "lamps", "-w", "--no-headers"], {
    env: {
      PATH: process.env.PATH,
      HOME: server.dataDir,
      KUBECONFIG: server.kubernetes.kubeconfigFile,
    },
  });
  t.after(() => watching.kill());
  const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
  assert.match(String((await lines.next()).value), /^hall +red$/);
  await k("patch", "lamp", "hall", "--type=merge", "-p", '{"spec":{"color":"blue"}}');
  assert.match(String((await lines.next()).value), /^hall +blue$/);
  await k("delete", "lamp", "hall");
  assert.match(String((await lines.next()).value), /^hall +blue$/);
});

test("kubectl shows what is wrong, cause by cause", { skip }, async () => {
  await using bench = await withLamps();
  const { kubectl } = bench;
  const green = await kubectl.run(["create", "-f", "-"], { input: LAMP.replace("red", "green") });
  assert.equal(green.code, 1);
  assert.match(green.err, /The Lamp "hall" is invalid: spec\.color: Unsupported value: "green"/);
  const bogus = await kubectl.run(["create", "-f", "-"], { input: `${LAMP}bogus: 1\n` });
  assert.match(bogus.err, /strict decoding error: unknown field "bogus"/);
  const missing = await kubectl.run(["get", "lamp", "nope"]);
  assert.equal(
    missing.err,
    'Error from server (NotFound): lamps.demo.example.com "nope" not found\n',
  );
  const nowhere = await kubectl.run(["get", "lamps", "--field-selector", "spec.foo=1"]);
  assert.match(nowhere.err, /field label not supported: spec\.foo/);
});

test("kubectl knows the resource by discovery and explains it", { skip }, async () => {
  await using bench = await withLamps();
  const { k, kubectl } = bench;
  assert.match(await k("api-resources"), /^lamps +lp +demo\.example\.com\/v1 +true +Lamp$/m);
  assert.match(await k("explain", "lamp.spec.color"), /The light's color\./);
  await k("delete", "crd", "lamps.demo.example.com");
  const gone = await kubectl.run(["get", "lamps"]);
  assert.equal(gone.code, 1);
});

test("kubectl works with namespaces and core kinds", { skip }, async () => {
  await using bench = await withLamps();
  const { k, kubectl } = bench;
  const manifest = `
apiVersion: v1
kind: Namespace
metadata: {name: plant}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: plant}
data: {a: b}
`;
  const made = await kubectl.run(["apply", "-f", "-"], { input: manifest });
  assert.equal(made.out, "namespace/plant created\nconfigmap/settings created\n", made.err);
  assert.match(await k("get", "ns"), /^plant +Active/m);
  const changed = manifest.replace("a: b", "a: c");
  const applied = await kubectl.run(["apply", "-f", "-"], { input: changed });
  assert.equal(
    applied.out,
    "namespace/plant unchanged\nconfigmap/settings configured\n",
    applied.err,
  );
  await k("label", "cm", "settings", "-n", "plant", "x=y");
  assert.equal(await k("get", "cm", "settings", "-n", "plant", "-o", "jsonpath={.data.a}"), "c");
  assert.match(await k("delete", "ns", "plant"), /^namespace "plant" deleted/);
  const gone = await kubectl.run(["get", "ns", "plant"]);
  assert.equal(gone.err, 'Error from server (NotFound): namespaces "plant" not found\n');
});
