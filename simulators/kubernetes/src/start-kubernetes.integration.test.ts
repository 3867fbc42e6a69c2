import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  type ObjectCache,
  type V1ConfigMap,
} from "@kubernetes/client-node";
import { MapperkitError } from "@mapperkit/api";
import { VirtualClock } from "@mapperkit/runtime";
import { startKubernetes } from "./start-kubernetes.ts";
import { widgetDefinition } from "./testing/test-server.ts";

const PACKAGE = resolve(import.meta.dirname, "..");
const GUIDE = resolve(PACKAGE, "../../docs/testing-controllers.md");

function coreApi(kubeconfig: string): { config: KubeConfig; core: CoreV1Api } {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return { config, core: config.makeApiClient(CoreV1Api) };
}

/** An informer on the config maps of `default`, and what it has seen of those the test made. */
function follow(config: KubeConfig, core: CoreV1Api) {
  const informer = makeInformer<V1ConfigMap>(config, "/api/v1/namespaces/default/configmaps", () =>
    core.listNamespacedConfigMap({ namespace: "default" }),
  );
  const seen: string[] = [];
  let changed = () => {};
  const note = (what: string) => (map: V1ConfigMap) => {
    const name = map.metadata?.name ?? "";
    if (name !== "kube-root-ca.crt") seen.push(`${what} ${name}`);
    changed();
  };
  informer.on("add", note("add"));
  informer.on("update", note("update"));
  informer.on("delete", note("delete"));
  const until = async (event: string) => {
    while (!seen.includes(event)) {
      await new Promise<void>((done) => {
        changed = done;
      });
    }
  };
  return { informer: informer as typeof informer & ObjectCache<V1ConfigMap>, seen, until };
}

test("the guide's example runs as it stands", async (t) => {
  const guide = await readFile(GUIDE, "utf8");
  const [, code] = /```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  assert.ok(code, "the guide has an example");
  // Inside the package, so that its imports are found as those of a user are.
  await mkdir(join(PACKAGE, "dist"), { recursive: true });
  const folder = await mkdtemp(join(PACKAGE, "dist", "guide-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "greeter.test.ts"), code);
  const run = promisify(execFile);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["-C", "source", "--test", "--test-reporter=tap", "greeter.test.ts"];
  const { stdout } = await run(process.execPath, args, { cwd: folder, env }).catch((error) => {
    throw new Error(`${error.stdout}${error.stderr}`);
  });
  assert.match(stdout, /# pass 2\n/);
  assert.match(stdout, /# fail 0\n/);
});

test("an informer of client-node goes on through a restart", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "mapperkit-informer-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const first = await startKubernetes({ dir });
  const { config, core } = coreApi(first.kubeconfig);
  const { informer, seen, until } = follow(config, core);
  // As its documentation asks: an error or an end of the server is answered with a new start.
  let isOver = false;
  informer.on("error", () => setImmediate(() => isOver || void informer.start()));
  await informer.start();
  const create = (name: string) =>
    core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name } } });
  await create("before");
  await until("add before");
  const port = Number(new URL(first.url).port);
  await first.stop();
  await using second = await startKubernetes({ dir, port });
  assert.equal(second.url, first.url);
  await create("after");
  await until("add after");
  assert.deepEqual(seen, ["add before", "add after"], "nothing twice, nothing missed");
  isOver = true;
  await informer.stop();
});

test("an informer that stayed away too long is told 410, lists again and misses nothing", async () => {
  const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  await using kubernetes = await startKubernetes({ clock });
  const { config, core } = coreApi(kubernetes.kubeconfig);
  const create = (name: string) =>
    core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name } } });
  await create("gone");
  const { informer, until } = follow(config, core);
  await informer.start();
  await until("add gone");
  await informer.stop();
  await core.deleteNamespacedConfigMap({ namespace: "default", name: "gone" });
  await clock.advance(6 * 60_000);
  await create("new");
  await informer.start();
  await until("add new");
  await until("delete gone");
  assert.deepEqual(
    informer
      .list("default")
      ?.map(({ metadata }) => metadata?.name)
      .filter((name) => name !== "kube-root-ca.crt"),
    ["new"],
  );
  await informer.stop();
});

test("memory leaves nothing behind, and a folder is kept", async (t) => {
  const memory = await startKubernetes({ crds: [widgetDefinition()] });
  assert.equal((await stat(memory.kubeconfigFile)).mode & 0o777, 0o600);
  assert.ok(!existsSync(join(dirname(memory.kubeconfigFile), "kubernetes.db")));
  await memory.stop();
  await memory.stop();
  assert.ok(!existsSync(dirname(memory.kubeconfigFile)));
  const dir = await mkdtemp(join(tmpdir(), "mapperkit-kept-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await (await startKubernetes({ dir })).stop();
  assert.ok(existsSync(join(dir, "kubernetes.db")));
});

test("definitions come from files, folders and objects; a bad one is named", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "mapperkit-crds-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const definition = JSON.stringify(widgetDefinition());
  await writeFile(join(dir, "a.yaml"), `kind: Namespace\n---\n${definition}\n---\n`);
  await using kubernetes = await startKubernetes({ crds: [dir, join(dir, "a.yaml")] });
  const { config } = coreApi(kubernetes.kubeconfig);
  assert.ok(config.getCurrentCluster());
  const refuse = (crds: (object | string)[], ...words: RegExp[]) =>
    assert.rejects(startKubernetes({ crds }), (error) => {
      assert.ok(error instanceof MapperkitError);
      assert.equal(error.code, "invalid_input");
      for (const word of words) assert.match(error.message, word);
      return true;
    });
  await refuse([join(dir, "absent")], /absent cannot be read/);
  await refuse([{ kind: "Namespace" }], /not a CustomResourceDefinition/);
  await refuse([widgetDefinition({ group: "other.example.com" })], /widgets.demo.example.com/);
  await writeFile(join(dir, "b.yaml"), "a: [");
  await refuse([join(dir, "b.yaml")], /b.yaml/);
  await assert.rejects(startKubernetes({ dir, memory: true }), /one of the two/);
});
