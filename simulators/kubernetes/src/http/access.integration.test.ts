import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { test } from "node:test";
import { parse } from "yaml";
import { TestServer } from "../testing/test-server.ts";

test("without credentials only health and version are answered", async () => {
  await using server = await TestServer.start();
  for (const path of [
    "/version",
    "/healthz",
    "/livez",
    "/readyz",
    "/readyz/ping",
    "/readyz?verbose",
  ]) {
    assert.equal((await server.get(path, { anonymous: true })).status, 200, path);
  }
  for (const path of ["/api", "/apis", "/openapi/v2", "/api/v1/namespaces", "/rubbish"]) {
    const { status, body } = await server.get(path, { anonymous: true });
    assert.equal(status, 401, path);
    assert.equal(body.message, "Unauthorized", path);
  }
  assert.equal((await server.get("/version")).body.gitVersion, "v1.32.13");
  const missing = await server.get("/rubbish");
  assert.equal(missing.text, "404 page not found\n");
});

test("the kubeconfig is the owner's alone, and its token and certificate both work", async () => {
  await using server = await TestServer.start();
  const file = server.kubernetes.kubeconfigFile;
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const config = parse(await readFile(file, "utf8"));
  assert.equal(config["current-context"], "mapperkit");
  assert.equal(config.contexts[0].context.namespace, "default");
  const { user } = config.users[0];
  assert.ok(user["client-certificate-data"] && user["client-key-data"]);
  const ask = (token: string) =>
    server.get("/api/v1/namespaces", {
      anonymous: true,
      headers: { Authorization: `Bearer ${token}` },
    });
  assert.equal((await ask(user.token)).status, 200);
  assert.equal((await ask("wrong")).status, 401);
  assert.equal((await server.get("/api/v1/namespaces")).status, 200);
});

test("reviews answer who asks and what he may do", async () => {
  await using server = await TestServer.start();
  const who = await server.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  assert.equal(who.status, 201);
  assert.equal(who.body.kind, "SelfSubjectReview");
  assert.equal(who.body.status.userInfo.username, "kubernetes-admin");
  const spec = { resourceAttributes: { verb: "list", resource: "nodes" } };
  const may = await server.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { spec });
  assert.deepEqual(may.body.status, { allowed: true });
});

test("openapi documents are found through the index and cached by their hash", async () => {
  await using server = await TestServer.start();
  const index = await server.get("/openapi/v3");
  assert.equal(index.headers["content-type"], "text/plain; charset=utf-8");
  const { serverRelativeURL } = JSON.parse(index.text).paths["api/v1"];
  const document = await server.get(serverRelativeURL);
  assert.equal(document.status, 200);
  assert.match(String(document.headers["cache-control"]), /immutable/);
  const hash = createHash("sha256").update(document.text).digest("hex").toUpperCase();
  assert.ok(serverRelativeURL.endsWith(`?hash=${hash}`), "another text has another address");
  assert.equal((await server.get("/openapi/v3/api/v1?hash=old")).status, 301);
  const v2 = await server.get("/openapi/v2");
  assert.match(String(v2.headers["content-type"]), /proto-openapi/);
});

test("a path that cannot be decoded and a method that is not known get an answer", async () => {
  await using server = await TestServer.start();
  assert.equal((await server.get("/api/v1/namespaces/%ZZ")).status, 404);
  assert.equal((await server.send("OPTIONS", "/api/v1/namespaces")).status, 405);
  assert.equal((await server.post("/api/v1/namespaces/default", {})).status, 405);
});
