import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "../testing/test-server.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

function deployment(change: object = {}): object {
  return {
    metadata: { name: "d" },
    spec: {
      selector: { matchLabels: { app: "d" } },
      template: {
        metadata: { labels: { app: "d" } },
        spec: { containers: [{ name: "c", image: "busybox" }] },
      },
      ...change,
    },
  };
}

test("a deployment gets its defaults, is scaled and patched by container name", async () => {
  await using server = await TestServer.start();
  const made = await server.post(DEPLOYMENTS, deployment());
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.spec.replicas, 1);
  assert.equal(made.body.spec.strategy.type, "RollingUpdate");
  assert.equal(made.body.metadata.generation, 1);
  const scaled = await server.merge(`${DEPLOYMENTS}/d/scale`, { spec: { replicas: 3 } });
  assert.equal(scaled.body.kind, "Scale");
  assert.equal(scaled.body.spec.replicas, 3);
  const containers = [
    { name: "c", image: "busybox:2" },
    { name: "e", image: "x" },
  ];
  const patched = await server.send("PATCH", `${DEPLOYMENTS}/d`, {
    headers: { "Content-Type": "application/strategic-merge-patch+json" },
    body: { spec: { template: { spec: { containers } } } },
  });
  assert.deepEqual(
    patched.body.spec.template.spec.containers.map(({ image }: { image: string }) => image),
    ["busybox:2", "x"],
  );
  assert.equal(patched.body.metadata.generation, 3);
  const table = await server.get(DEPLOYMENTS, {
    headers: { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
  });
  assert.deepEqual(table.body.rows[0].cells.slice(0, 2), ["d", "0/3"]);
});

test("a deployment that can never work is refused in the real server's words", async () => {
  await using server = await TestServer.start();
  const refusals: [change: object, message: string][] = [
    [
      { selector: { matchLabels: { app: "x" } } },
      'Deployment.apps "d" is invalid: spec.template.metadata.labels: Invalid value: map[string]string{"app":"d"}: `selector` does not match template `labels`',
    ],
    [
      { replicas: -1 },
      'Deployment.apps "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { template: { metadata: { labels: { app: "d" } } } },
      'Deployment.apps "d" is invalid: spec.template.spec.containers: Required value',
    ],
  ];
  for (const [change, message] of refusals) {
    const { status, body } = await server.post(DEPLOYMENTS, deployment(change));
    assert.equal(status, 422);
    assert.equal(body.message, message);
  }
});
