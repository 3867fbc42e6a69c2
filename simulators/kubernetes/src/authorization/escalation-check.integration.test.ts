import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "../testing/test-server.ts";

const ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
const READ_SECRETS = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }];
const apiGroup = "rbac.authorization.k8s.io";

/** Bob may write roles and bindings, and read config maps. */
async function start(): Promise<TestServer> {
  const server = await TestServer.start();
  const rules = [
    { apiGroups: [apiGroup], resources: ["roles", "rolebindings"], verbs: ["*"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
  ];
  await server.post(ROLES, {
    metadata: { name: "writer" },
    rules: [{ ...rules[0], verbs: ["create", "update", "patch"] }, rules[1]],
  });
  await server.post(ROLES, { metadata: { name: "secrets" }, rules: READ_SECRETS });
  await server.post(BINDINGS, {
    metadata: { name: "bob" },
    roleRef: { apiGroup, kind: "Role", name: "writer" },
    subjects: [{ apiGroup, kind: "User", name: "bob" }],
  });
  return server;
}

function asBob(server: TestServer, path: string, body: object) {
  return server.send("POST", path, { body, headers: { "Impersonate-User": "bob" } });
}

test("nobody writes a role with more than they hold", async () => {
  await using server = await start();
  const refused = await asBob(server, ROLES, { metadata: { name: "x" }, rules: READ_SECRETS });
  assert.equal(refused.status, 403);
  assert.equal(
    refused.body.message,
    'roles.rbac.authorization.k8s.io "x" is forbidden: user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
  );
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }];
  assert.equal((await asBob(server, ROLES, { metadata: { name: "y" }, rules })).status, 201);
});

test("nobody binds a role with more than they hold, unless they may bind it", async () => {
  await using server = await start();
  const binding = (name: string) => ({
    metadata: { name },
    roleRef: { apiGroup, kind: "Role", name: "secrets" },
    subjects: [{ apiGroup, kind: "User", name: "bob" }],
  });
  const refused = await asBob(server, BINDINGS, binding("x"));
  assert.match(
    refused.body.message,
    /not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\]/,
  );
  const bind = { apiGroups: [apiGroup], resources: ["roles"], verbs: ["bind"] };
  await server.merge(`${ROLES}/writer`, {
    rules: [{ apiGroups: [apiGroup], resources: ["rolebindings"], verbs: ["create"] }, bind],
  });
  assert.equal((await asBob(server, BINDINGS, binding("x"))).status, 201);
});
