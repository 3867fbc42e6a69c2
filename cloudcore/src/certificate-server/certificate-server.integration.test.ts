import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { SECRETS } from "../kube/index.ts";
import {
  certificatePem,
  getFrom,
  makeKeys,
  makeSelfSigned,
  nodeSubject,
  opensslReads,
  sha256,
} from "../testing/scripted-joiner.ts";
import { SecureCloud } from "../testing/secure-cloud.ts";
import type { MakeKubernetes } from "../testing/test-cloud.ts";

const standIn: MakeKubernetes = (dataDir, port, clock) => {
  const tools = { clock, random: createRandom(1), log: silentLog };
  return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
};

test("a node joins as KubeEdge's edge does, and openssl reads its certificate", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const ca = await getFrom(secure.port, "/ca.crt");
  const token = await secure.token("pi-1");
  const parts = token.split(".");
  assert.equal(parts.length, 4);
  assert.equal(parts[0], sha256(ca.body));
  assert.match(opensslReads(certificatePem(ca.body), "-subject"), /CN ?= ?KubeEdge/);

  const keys = makeKeys(nodeSubject("pi-1"));
  const { status, body } = await secure.askWithToken(token, keys, "pi-1");
  assert.equal(status, 200);
  const text = opensslReads(certificatePem(body), "-text");
  assert.match(text, /Subject: O ?= ?system:nodes, CN ?= ?system:node:pi-1/);
  assert.match(text, /TLS Web Client Authentication/);
  assert.doesNotMatch(text, /TLS Web Server Authentication|CA:TRUE/);
  assert.match(text, /NIST CURVE: P-256/);

  const again = await secure.askWithToken(token, keys, "pi-1");
  assert.equal(again.status, 200, "the same key may come again: the answer may have been lost");
});

test("the Secrets are KubeEdge's, in DER, and outlive a restart", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const { client } = secure.cloud;
  const read = async (name: string) => {
    const ref = { namespace: "kubeedge", name };
    return (await client.get(SECRETS, ref, secure.signal)).data as Record<string, string>;
  };
  const before = [await read("casecret"), await read("cloudcoresecret")];
  assert.deepEqual(
    before.map((data) => Object.keys(data).sort()),
    [
      ["cadata", "cakeydata"],
      ["cloudcoredata", "cloudcorekeydata"],
    ],
  );
  const server = certificatePem(Buffer.from(before[1]!.cloudcoredata!, "base64"));
  const names = opensslReads(server, "-ext", "subjectAltName");
  assert.match(names, /DNS:localhost/);
  assert.match(names, /IP Address:127\.0\.0\.1/);
  await secure.cloud.core.stop();
  const tls = { advertise: ["localhost"], certificates: { port: 0 } };
  await secure.cloud.startCore({ hub: { port: 0, tls } });
  assert.deepEqual([await read("casecret"), await read("cloudcoresecret")], before);
  await secure.cloud.core.stop();
  const moved = { advertise: ["cloud.example"], certificates: { port: 0 } };
  await secure.cloud.startCore({ hub: { port: 0, tls: moved } });
  const after = await read("cloudcoresecret");
  const renewed = certificatePem(Buffer.from(after.cloudcoredata!, "base64"));
  assert.match(
    opensslReads(renewed, "-ext", "subjectAltName"),
    /DNS:cloud\.example.*DNS:localhost/,
  );
  assert.deepEqual(await read("casecret"), before[0]);
});

test("tokens are kept as hashes only", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const token = await secure.token("pi-1");
  const page = await secure.cloud.client.listPage(
    SECRETS,
    { namespace: "kubeedge", limit: 100 },
    secure.signal,
  );
  const held = page.items.map((item) =>
    Object.values((item.data ?? {}) as Record<string, string>)
      .map((value) => Buffer.from(value, "base64").toString("latin1"))
      .join(),
  );
  assert.ok(held.length >= 3);
  assert.ok(!held.join().includes(token.split(".")[3]!));
});

test("wrong tokens: each is refused with its reason, in the answer and in the log", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const keys = makeKeys(nodeSubject("pi-1"));
  const ask = async (token: string, node = "pi-1", wish = keys) => {
    const { status, body } = await secure.askWithToken(token, wish, node);
    return `${status} ${body}`;
  };
  const good = await secure.token("pi-1");
  const forged = good.slice(0, -4) + (good.endsWith("AAAA") ? "BBBB" : "AAAA");
  assert.match(await ask(forged), /^401 .*does not know it/);
  assert.match(await ask("a.b.c.d"), /^401 .*only tokens for one node/);
  const others = await secure.token("pi-2");
  assert.match(await ask(others), /^401 .*it is for node pi-2, not for pi-1/);
  const brief = await secure.token("pi-1", 1);
  await secure.cloud.clock.sleep(5);
  assert.match(await ask(brief), /^401 .*it expired at/);
  assert.match(await ask(good, "pi-2"), /^401 .*header NodeName "pi-2": expected "pi-1"/);
  const unnamed = makeKeys("/CN=admin");
  assert.match(await ask(good, "admin", unnamed), /^400 .*expected CN system:node:/);
  const twoNames = makeKeys("/O=system:nodes/CN=system:node:pi-1/CN=system:node:pi-2");
  assert.match(await ask(good, "pi-1", twoNames), /^400 /);
  assert.match(await ask(good, "pi-1", { ...keys, csrDer: Buffer.from("x") }), /^400 .*in DER/);
  const strange = makeKeys(nodeSubject("pi-1"), "secp384r1");
  assert.match(await ask(good, "pi-1", strange), /^400 .*EC P-256/);
  assert.match(await ask(good), /^200 /);
  const another = makeKeys(nodeSubject("pi-1"));
  assert.match(await ask(good, "pi-1", another), /^401 .*it was used at/);
  const refusals = secure.cloud.log.entries.filter(
    ({ message }) => message === "refused a request of an edge",
  );
  assert.equal(refusals.length, 10);
  assert.ok(!JSON.stringify(refusals).includes(good.split(".")[3]!));
});

test("a certificate is renewed by itself alone: never for another node, never by a stranger's", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const mine = await secure.join("pi-1");
  const renew = async (node: string, tls: { key?: string; cert?: string }) => {
    const { csrDer: body } = makeKeys(nodeSubject(node));
    const headers = { NodeName: node };
    const got = await getFrom(secure.port, "/edge.crt", { headers, body, tls });
    return `${got.status} ${got.body}`;
  };
  assert.match(await renew("pi-1", mine), /^200 /);
  assert.match(await renew("pi-2", mine), /^401 .*node pi-1's: it cannot renew that of pi-2/);
  assert.match(await renew("pi-1", {}), /^401 .*no client certificate/);
  const stranger = makeSelfSigned(nodeSubject("pi-1"));
  assert.match(await renew("pi-1", stranger), /^401 .*not of this cloud's authority/);
});

test("KubeEdge's shared token works only where it was asked for, and for the name in the request", async (t) => {
  const secure = await SecureCloud.start(t, standIn, { sharedToken: true });
  const ref = { namespace: "kubeedge", name: "tokensecret" };
  const secret = await secure.cloud.client.get(SECRETS, ref, secure.signal);
  const { tokendata } = secret.data as { tokendata: string };
  const token = Buffer.from(tokendata, "base64").toString("utf8");
  assert.equal(token.split(".").length, 4);
  const claims = JSON.parse(Buffer.from(token.split(".")[2]!, "base64url").toString("utf8"));
  assert.deepEqual(Object.keys(claims), ["exp"]);
  const keys = makeKeys(nodeSubject("stock-1"));
  assert.equal((await secure.askWithToken(token, keys, "stock-1")).status, 200);
  assert.equal((await secure.askWithToken(token, keys, "stock-2")).status, 401);
  const forged = [...token.split(".").slice(0, 3), "AAAA"].join(".");
  assert.equal((await secure.askWithToken(forged, keys, "stock-1")).status, 401);
});

test("what is open in KubeEdge is not served; a node's name can be asked for", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const get = async (path: string, method = "GET") => {
    const { status, body } = await getFrom(secure.port, path, { method });
    return `${status} ${body}`;
  };
  assert.equal(
    await get("/task/upgrade/name/t/node/pi-1/status", "POST"),
    "405 only GET is served\n",
  );
  assert.equal(await get("/nodeupgrade", "POST"), "405 only GET is served\n");
  assert.equal(await get("/node/pi-1"), "404 Node not found");
  assert.equal(await get("/node/..%2fsecrets"), "404 Node not found");
  const nodes = { group: "", version: "v1", plural: "nodes" };
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "pi-1" } };
  await secure.cloud.client.create(nodes, node, { signal: secure.signal });
  assert.equal(await get("/node/pi-1"), "200 Node found");
  const { body } = await getFrom(secure.port, "/edge.crt", { body: Buffer.alloc(100_000) });
  assert.match(String(body), /longer than/);
});
