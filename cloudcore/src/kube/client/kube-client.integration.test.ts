import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { RealClock } from "@mapperkit/runtime";
import type { KubeAccess } from "../access/kube-access.ts";
import { KubeClient } from "./kube-client.ts";
import { DEVICES } from "./kube-resource.ts";

const signal = new AbortController().signal;
const ref = { namespace: "default", name: "lamp" };
const lamp = JSON.stringify({ kind: "Device", metadata: { name: "lamp" } });

async function serverFor(t: TestContext, answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientFor(t: TestContext, loadAccess: () => KubeAccess): KubeClient {
  const client = new KubeClient({ loadAccess: async () => loadAccess(), clock: new RealClock() });
  t.after(() => client.close());
  return client;
}

function access(server: string, token = "old"): KubeAccess {
  return { server, token, namespace: "default", insecureSkipTlsVerify: false };
}

test("a 401 renews the credentials, once", async (t) => {
  const seen: unknown[] = [];
  const server = await serverFor(t, (request, response) => {
    seen.push(request.headers.authorization);
    const isGood = request.headers.authorization === "Bearer new";
    response.writeHead(isGood ? 200 : 401).end(isGood ? lamp : "{}");
  });
  let token = "old";
  const client = clientFor(t, () => access(server, token));
  await assert.rejects(client.get(DEVICES, ref, signal), { code: "rejected" });
  token = "new";
  assert.equal((await client.get(DEVICES, ref, signal)).metadata.name, "lamp");
  assert.deepEqual(seen, ["Bearer old", "Bearer old", "Bearer new"]);
});

test("a server that moved is found again by its kubeconfig, and counts as another one", async (t) => {
  const here = await serverFor(t, (_, response) => response.end(lamp));
  let address = "http://127.0.0.1:9";
  const client = clientFor(t, () => access(address));
  await assert.rejects(client.get(DEVICES, ref, signal), {
    code: "unreachable",
    message: /127\.0\.0\.1:9 cannot be reached/,
  });
  const before = client.accessGeneration;
  address = here;
  await client.get(DEVICES, ref, signal);
  assert.equal(client.accessGeneration, before + 1);
});

const refusals: [number, object, object][] = [
  [404, { reason: "NotFound", message: "no" }, { code: "not_found", message: "no" }],
  [409, { reason: "Conflict" }, { code: "conflict" }],
  [422, { reason: "Invalid" }, { code: "invalid_input" }],
  [403, {}, { code: "rejected" }],
  [429, { details: { retryAfterSeconds: 3 } }, { code: "unreachable" }],
  [500, {}, { code: "unreachable", message: "the Kubernetes API answered 500" }],
  [504, {}, { code: "timed_out" }],
];
for (const [code, body, expected] of refusals) {
  test(`${code} becomes ${Object.values(expected)[0]}`, async (t) => {
    const server = await serverFor(t, (_, response) =>
      response.writeHead(code).end(JSON.stringify({ kind: "Status", code, ...body })),
    );
    const client = clientFor(t, () => access(server));
    await assert.rejects(client.get(DEVICES, ref, signal), (error: unknown) => {
      const { details } = error as { details: Record<string, unknown> };
      assert.equal(details.status, code);
      if (code === 429) assert.equal(details.retryAfterMs, 3_000);
      for (const [key, value] of Object.entries(expected)) {
        assert.equal((error as Record<string, unknown>)[key], value);
      }
      return true;
    });
  });
}

const streams: [string, string, object][] = [
  ["cut within a line", '{"type":"ADDED","obj', { code: "unreachable" }],
  ["not JSON", "rubbish\n", { code: "invalid_input" }],
  [
    "an ERROR event",
    '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n',
    { code: "conflict", details: { status: 410, reason: "Expired" } },
  ],
];
for (const [what, text, expected] of streams) {
  test(`a watch that is ${what} says so`, async (t) => {
    const server = await serverFor(t, (_, response) => response.end(text));
    const client = clientFor(t, () => access(server));
    const options = { resourceVersion: "1", timeoutSeconds: 300 };
    const events = await client.watch(DEVICES, options, signal);
    await assert.rejects(async () => {
      for await (const event of events) assert.fail(`unexpected ${event.type}`);
    }, expected);
  });
}

test("an answer that is no object, or not JSON, is an error and no crash", async (t) => {
  for (const body of ["[]", '"x"', "{", "<html>"]) {
    const server = await serverFor(t, (_, response) => response.end(body));
    const client = clientFor(t, () => access(server));
    await assert.rejects(client.get(DEVICES, ref, signal));
    await assert.rejects(client.listPage(DEVICES, { limit: 1 }, signal));
  }
});
