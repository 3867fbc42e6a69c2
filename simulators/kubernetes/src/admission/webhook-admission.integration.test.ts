import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFINITIONS,
  TestServer,
  WIDGETS,
  widget,
  widgetDefinition,
  widgetVersion,
} from "../testing/test-server.ts";
import { patching, TestWebhook } from "../testing/test-webhook.ts";

const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1";
const MAPS = "/api/v1/namespaces/default/configmaps";
const EVERY_MAP = [
  { operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] },
];

async function register(
  server: TestServer,
  kind: "Mutating" | "Validating",
  name: string,
  webhooks: readonly object[],
): Promise<void> {
  const path = `${CONFIGURATIONS}/${kind.toLowerCase()}webhookconfigurations`;
  const complete = webhooks.map((webhook) => ({
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    rules: EVERY_MAP,
    ...webhook,
  }));
  const { status, text } = await server.post(path, { metadata: { name }, webhooks: complete });
  assert.equal(status, 201, text);
}

const map = (name: string, more: object = {}) => ({
  metadata: { name },
  data: { a: "b" },
  ...more,
});

test("a validating webhook sees who asks for what, and its no reaches the client", async () => {
  await using server = await TestServer.start();
  await using webhook = await TestWebhook.start();
  webhook.answer = ({ object, operation }) =>
    operation === "DELETE" || object.data.a === "b"
      ? { allowed: true, warnings: ["mind the step"] }
      : { allowed: false, status: { code: 403, reason: "Forbidden", message: "a must be b" } };
  const clientConfig = webhook.clientConfig();
  await register(server, "Validating", "v", [{ name: "maps.demo.example.com", clientConfig }]);
  const made = await server.post(MAPS, map("m"));
  assert.equal(made.status, 201);
  assert.equal(made.headers.warning, '299 - "mind the step"');
  const [seen] = webhook.requests;
  assert.deepEqual(seen.kind, { group: "", version: "v1", kind: "ConfigMap" });
  assert.deepEqual(seen.resource, { group: "", version: "v1", resource: "configmaps" });
  assert.equal(seen.operation, "CREATE");
  assert.equal(seen.userInfo.username, "kubernetes-admin");
  assert.equal(seen.object.data.a, "b");
  assert.equal(seen.oldObject, null);
  const refused = await server.merge(`${MAPS}/m`, { data: { a: "c" } });
  assert.equal(refused.status, 403);
  assert.equal(
    refused.body.message,
    'admission webhook "maps.demo.example.com" denied the request: a must be b',
  );
  assert.equal((await server.delete(`${MAPS}/m`)).status, 200);
  assert.equal(webhook.requests.at(-1).oldObject.metadata.name, "m");
});

test("mutating webhooks change the object in turn, and are asked again where they want to", async () => {
  await using server = await TestServer.start();
  await using first = await TestWebhook.start();
  await using second = await TestWebhook.start();
  first.answer = ({ object }) =>
    patching({ op: "add", path: "/data/keys", value: String(Object.keys(object.data).length) });
  second.answer = () => patching({ op: "add", path: "/data/second", value: "x" });
  await register(server, "Mutating", "m", [
    {
      name: "a.demo.example.com",
      clientConfig: first.clientConfig(),
      reinvocationPolicy: "IfNeeded",
    },
    { name: "b.demo.example.com", clientConfig: second.clientConfig() },
  ]);
  const { body } = await server.post(MAPS, map("m"));
  assert.deepEqual(body.data, { a: "b", keys: "3", second: "x" });
  assert.deepEqual([first.requests.length, second.requests.length], [2, 1]);
});

test("rules, selectors and conditions choose what a webhook is asked", async () => {
  await using server = await TestServer.start();
  await using webhook = await TestWebhook.start();
  webhook.answer = () => ({ allowed: false, status: { message: "no" } });
  await register(server, "Validating", "v", [
    {
      name: "a.demo.example.com",
      clientConfig: webhook.clientConfig(),
      rules: [{ ...EVERY_MAP[0], operations: ["CREATE"] }],
      objectSelector: { matchLabels: { watched: "yes" } },
      namespaceSelector: {
        matchExpressions: [
          { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system"] },
        ],
      },
      matchConditions: [
        { name: "not-c", expression: "request.name != 'c' && object.data.a == 'b'" },
      ],
    },
  ]);
  const watched = (name: string) => map(name, { metadata: { name, labels: { watched: "yes" } } });
  assert.equal((await server.post(MAPS, map("a"))).status, 201);
  assert.equal((await server.post(MAPS, watched("c"))).status, 201);
  assert.equal(
    (await server.post(MAPS.replace("default", "kube-system"), watched("b"))).status,
    201,
  );
  const refused = await server.post(MAPS, watched("b"));
  assert.equal(refused.status, 400);
  assert.match(refused.body.message, /denied the request: no$/);
  assert.equal(webhook.requests.length, 1);
});

test("a webhook that fails refuses or is passed over, as its policy says", async () => {
  await using server = await TestServer.start();
  await using webhook = await TestWebhook.start();
  webhook.answer = () => undefined;
  const hanging = { clientConfig: webhook.clientConfig(), timeoutSeconds: 1 };
  const silent = { url: "https://127.0.0.1:1/check" };
  await register(server, "Validating", "ignored", [
    { name: "a.demo.example.com", failurePolicy: "Ignore", ...hanging },
    { name: "b.demo.example.com", failurePolicy: "Ignore", clientConfig: silent },
  ]);
  assert.equal((await server.post(MAPS, map("a"))).status, 201);
  await register(server, "Validating", "needed", [
    { name: "c.demo.example.com", clientConfig: silent },
  ]);
  const { status, body } = await server.post(MAPS, map("b"));
  assert.equal(status, 500);
  assert.equal(body.reason, "InternalError");
  assert.match(
    body.message,
    /^Internal error occurred: failed calling webhook "c\.demo\.example\.com": failed to call webhook: Post "https:\/\/127\.0\.0\.1:1\/check\?timeout=10s": connect ECONNREFUSED/,
  );
  // Configurations are never asked about: the way out stays open.
  const path = `${CONFIGURATIONS}/validatingwebhookconfigurations/needed`;
  assert.equal((await server.delete(path)).status, 200);
  assert.equal((await server.post(MAPS, map("b"))).status, 201);
});

test("a dry run asks only webhooks without side effects", async () => {
  await using server = await TestServer.start();
  await using webhook = await TestWebhook.start();
  const clientConfig = webhook.clientConfig();
  await register(server, "Validating", "quiet", [{ name: "a.demo.example.com", clientConfig }]);
  assert.equal((await server.post(`${MAPS}?dryRun=All`, map("a"))).status, 201);
  assert.equal(webhook.requests[0].dryRun, true);
  const path = `${CONFIGURATIONS}/validatingwebhookconfigurations`;
  const loud = {
    name: "b.demo.example.com",
    clientConfig,
    sideEffects: "Some",
    admissionReviewVersions: ["v1"],
    rules: EVERY_MAP,
  };
  const refused = await server.post(path, { metadata: { name: "loud" }, webhooks: [loud] });
  assert.equal(
    refused.body.message,
    'ValidatingWebhookConfiguration.admissionregistration.k8s.io "loud" is invalid: webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
  );
});

test("a webhook behind a service is called at the service's endpoints by the service's name", async () => {
  await using server = await TestServer.start();
  await using webhook = await TestWebhook.start(["hook.default.svc"]);
  const service = { namespace: "default", name: "hook", path: "/check", port: 443 };
  const clientConfig = { service, caBundle: webhook.caBundle };
  await register(server, "Validating", "v", [{ name: "a.demo.example.com", clientConfig }]);
  const path = "/api/v1/namespaces/default";
  const ports = [{ port: 443, targetPort: webhook.port }];
  await server.post(`${path}/services`, { metadata: { name: "hook" }, spec: { ports } });
  const early = await server.post(MAPS, map("a"));
  assert.match(
    early.body.message,
    /Post "https:\/\/hook\.default\.svc:443\/check\?timeout=10s": no endpoints available for service "hook"$/,
  );
  await server.post(`${path}/endpoints`, {
    metadata: { name: "hook" },
    subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports: [{ port: webhook.port }] }],
  });
  const made = await server.post(MAPS, map("a"));
  assert.equal(made.status, 201, made.text);
  assert.equal(webhook.requests.length, 1);
});

test("a webhook for another version of the kind sees that version", async () => {
  await using server = await TestServer.start();
  await using webhook = await TestWebhook.start();
  const versions = [widgetVersion("v1", { storage: true }), widgetVersion("v1beta1")];
  await server.post(DEFINITIONS, widgetDefinition({ versions }));
  const rule = {
    operations: ["CREATE"],
    apiGroups: ["demo.example.com"],
    apiVersions: ["v1beta1"],
    resources: ["widgets"],
  };
  webhook.answer = () => patching({ op: "add", path: "/spec", value: { seen: true } });
  await register(server, "Mutating", "m", [
    { name: "a.demo.example.com", clientConfig: webhook.clientConfig(), rules: [rule] },
  ]);
  const { body } = await server.post(WIDGETS, widget("w"));
  assert.equal(webhook.requests[0].object.apiVersion, "demo.example.com/v1beta1");
  assert.equal(webhook.requests[0].requestKind.version, "v1");
  assert.deepEqual([body.apiVersion, body.spec], ["demo.example.com/v1", { seen: true }]);
});
