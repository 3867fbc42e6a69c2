import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import { type Answer, TestServer } from "../testing/test-server.ts";

const DEFAULT = "/api/v1/namespaces/default";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const BOT = "system:serviceaccount:default:bot";

function as(server: TestServer, user: string, method: string, path: string, body?: unknown) {
  return server.send(method, path, { body, headers: { "Impersonate-User": user } });
}

async function bindBot(server: TestServer, rules: object[]): Promise<void> {
  await server.post(`${DEFAULT}/serviceaccounts`, { metadata: { name: "bot" } });
  await server.post(`${RBAC}/namespaces/default/roles`, { metadata: { name: "r" }, rules });
  await server.post(`${RBAC}/namespaces/default/rolebindings`, {
    metadata: { name: "b" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
    subjects: [{ kind: "ServiceAccount", name: "bot", namespace: "default" }],
  });
}

async function newToken(server: TestServer, spec: object = {}): Promise<Answer> {
  return await server.post(`${DEFAULT}/serviceaccounts/bot/token`, { spec });
}

function withToken(server: TestServer, token: string, path: string): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}` };
  return server.get(path, { anonymous: true, headers });
}

test("a service account may do what its roles say, and is refused in the real server's words", async () => {
  await using server = await TestServer.start();
  await bindBot(server, [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }]);
  assert.equal((await as(server, BOT, "GET", `${DEFAULT}/configmaps`)).status, 200);
  const refusals: [method: string, path: string, message: string][] = [
    [
      "GET",
      `${DEFAULT}/secrets`,
      `secrets is forbidden: User "${BOT}" cannot list resource "secrets" in API group "" in the namespace "default"`,
    ],
    [
      "DELETE",
      `${DEFAULT}/configmaps/x`,
      `configmaps "x" is forbidden: User "${BOT}" cannot delete resource "configmaps" in API group "" in the namespace "default"`,
    ],
    [
      "GET",
      "/api/v1/configmaps?watch=1",
      `configmaps is forbidden: User "${BOT}" cannot watch resource "configmaps" in API group "" at the cluster scope`,
    ],
    [
      "PATCH",
      "/apis/x.io/v1/namespaces/a/ws/b/status",
      `ws.x.io "b" is forbidden: User "${BOT}" cannot patch resource "ws/status" in API group "x.io" in the namespace "a"`,
    ],
    ["GET", "/metrics", `forbidden: User "${BOT}" cannot get path "/metrics"`],
  ];
  for (const [method, path, message] of refusals) {
    const { status, body } = await as(server, BOT, method, path);
    assert.equal(status, 403, path);
    assert.equal(body.reason, "Forbidden");
    assert.equal(body.message, message);
  }
  assert.equal((await as(server, BOT, "GET", "/apis")).status, 200, "discovery is everybody's");
  await server.delete(`${RBAC}/namespaces/default/rolebindings/b`);
  assert.equal((await as(server, BOT, "GET", `${DEFAULT}/configmaps`)).status, 403);
});

test("view, edit and admin are made of each other, and of what their labels gather", async () => {
  await using server = await TestServer.start();
  for (const name of ["view", "edit", "admin"]) {
    await server.post(`${RBAC}/namespaces/default/rolebindings`, {
      metadata: { name },
      roleRef: { kind: "ClusterRole", name },
      subjects: [{ kind: "User", name }],
    });
  }
  const can = async (user: string, method: string, path: string) =>
    (await as(server, user, method, path)).status !== 403;
  assert.equal(await can("view", "GET", `${DEFAULT}/configmaps`), true);
  assert.equal(await can("view", "GET", `${DEFAULT}/secrets`), false);
  assert.equal(await can("view", "DELETE", `${DEFAULT}/configmaps/x`), false);
  assert.equal(await can("edit", "GET", `${DEFAULT}/secrets`), true);
  assert.equal(await can("edit", "DELETE", `${DEFAULT}/configmaps/x`), true);
  assert.equal(await can("edit", "GET", `${RBAC}/namespaces/default/roles`), false);
  assert.equal(await can("admin", "GET", `${RBAC}/namespaces/default/roles`), true);
  assert.equal(await can("admin", "GET", "/api/v1/configmaps"), false, "in one namespace only");
  const devices = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices";
  assert.equal(await can("edit", "GET", devices), false);
  await server.post(`${RBAC}/clusterroles`, {
    metadata: {
      name: "devices-view",
      labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" },
    },
    rules: [{ apiGroups: ["devices.kubeedge.io"], resources: ["devices"], verbs: ["list"] }],
  });
  assert.equal(await can("edit", "GET", devices), true);
});

test("a token is its account's until it expires or the account is gone", async () => {
  const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  await using server = await TestServer.start({ clock });
  await bindBot(server, [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }]);
  const made = await newToken(server);
  assert.equal(made.status, 201);
  assert.equal(made.body.status.expirationTimestamp, "2026-01-01T01:00:00Z");
  const { token } = made.body.status;
  const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
  assert.equal(claims.sub, BOT);
  assert.equal(claims.iss, "https://kubernetes.default.svc");
  const ask = (path: string) => withToken(server, token, `${DEFAULT}/${path}`);
  assert.equal((await ask("configmaps")).status, 200);
  assert.equal((await ask("secrets")).status, 403);
  const damaged = `${token.slice(0, -4)}AAAA`;
  assert.equal((await withToken(server, damaged, `${DEFAULT}/configmaps`)).status, 401);
  const keys = await server.get("/openid/v1/jwks");
  assert.equal(keys.body.keys[0].kty, "RSA");
  assert.equal(keys.body.keys[0].d, undefined, "nothing of the private key");
  await clock.advance(61 * 60_000);
  assert.equal((await ask("configmaps")).status, 401, "expired");
  const second = (await newToken(server)).body.status.token;
  await server.delete(`${DEFAULT}/serviceaccounts/bot`);
  await server.post(`${DEFAULT}/serviceaccounts`, { metadata: { name: "bot" } });
  assert.equal(
    (await withToken(server, second, `${DEFAULT}/configmaps`)).status,
    401,
    "the account of this name is another one now",
  );
});

test("a token for another audience is not good here; TokenReview tells whose it is", async () => {
  await using server = await TestServer.start();
  await bindBot(server, []);
  const { token } = (await newToken(server, { audiences: ["vault"] })).body.status;
  assert.equal((await withToken(server, token, "/api")).status, 401);
  const review = (spec: object) =>
    server.post("/apis/authentication.k8s.io/v1/tokenreviews", { spec });
  const good = await review({ token, audiences: ["vault", "other"] });
  assert.equal(good.body.status.authenticated, true);
  assert.equal(good.body.status.user.username, BOT);
  assert.deepEqual(good.body.status.audiences, ["vault"]);
  assert.equal((await review({ token })).body.status.authenticated, undefined);
  const short = await newToken(server, { expirationSeconds: 10 });
  assert.equal(short.status, 422);
  assert.equal(
    short.body.details.causes[0].message,
    "Invalid value: 10: may not specify a duration less than 10 minutes",
  );
  const missing = await server.post(`${DEFAULT}/serviceaccounts/none/token`, { spec: {} });
  assert.equal(missing.body.message, 'serviceaccounts "none" not found');
});

test("tokens survive a restart", async () => {
  await using first = await TestServer.start();
  await bindBot(first, [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]);
  const { token } = (await newToken(first)).body.status;
  await first.stop();
  await using second = await TestServer.start({ dataDir: first.dataDir });
  assert.equal((await withToken(second, token, `${DEFAULT}/configmaps`)).status, 200);
});

test("access reviews tell what somebody may do and why", async () => {
  await using server = await TestServer.start();
  await bindBot(server, [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }]);
  const review = (spec: object) =>
    server.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec });
  const about = { namespace: "default", verb: "get", resource: "pods" };
  const yes = await review({ user: BOT, resourceAttributes: { ...about, subresource: "log" } });
  assert.deepEqual(yes.body.status, {
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "b/default" of Role "r" to ServiceAccount "bot/default"',
  });
  const no = await review({ user: BOT, resourceAttributes: about });
  assert.deepEqual(no.body.status, { allowed: false });
  const neither = await review({ user: BOT });
  assert.equal(neither.status, 422);
  const rules = await as(
    server,
    BOT,
    "POST",
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    { spec: { namespace: "default" } },
  );
  assert.equal(rules.status, 201);
  const found = rules.body.status.resourceRules.map((rule: { resources: string[] }) =>
    rule.resources.join(),
  );
  assert.ok(found.includes("pods/log"), found.join());
});

test("only who may impersonate does", async () => {
  await using server = await TestServer.start();
  await bindBot(server, []);
  const { token } = (await newToken(server)).body.status;
  const headers = { Authorization: `Bearer ${token}`, "Impersonate-User": "root" };
  const refused = await server.get("/api/v1/nodes", { anonymous: true, headers });
  assert.equal(
    refused.body.message,
    `users "root" is forbidden: User "${BOT}" cannot impersonate resource "users" in API group "" at the cluster scope`,
  );
  const group = { "Impersonate-User": "u", "Impersonate-Group": "system:masters" };
  assert.equal((await server.get("/api/v1/nodes", { headers: group })).status, 200);
});

test("rubbish in roles and bindings grants nothing and breaks nothing", async () => {
  await using server = await TestServer.start();
  await server.post(`${RBAC}/clusterrolebindings`, { metadata: { name: "a" }, subjects: "x" });
  await server.post(`${RBAC}/clusterroles`, {
    metadata: { name: "r" },
    rules: [{ verbs: 1 }, null],
  });
  await server.post(`${RBAC}/clusterrolebindings`, {
    metadata: { name: "b" },
    roleRef: { kind: "ClusterRole", name: "r" },
    subjects: [{ kind: "User", name: "u" }],
  });
  assert.equal((await as(server, "u", "GET", "/api/v1/nodes")).status, 403);
});
