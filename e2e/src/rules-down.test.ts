import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { connectAsync } from "mqtt";
import { eventually } from "./harness/eventually.ts";
import { RulesSystem, rulesPath } from "./harness/rules-system.ts";

let system: RulesSystem;
before(async () => {
  system = await RulesSystem.start({ answerWithinMs: 2_000 });
});
after(() => system[Symbol.asyncDispose]());

const node = "/k8s-edge-1/default";
const isReady = (name: string) =>
  system.ruleWith(name, ({ conditions }) => conditions?.[0]?.status === "True");

test("rest to eventbus: curl in the cloud, mosquitto_sub at the edge", async () => {
  // Before its endpoints, which KubeEdge forgets after a minute.
  await system.apply("rule-rest-eventbus");
  const waiting = await system.ruleWith("my-rule", ({ conditions }) => conditions !== undefined);
  assert.match(waiting.conditions![0]!.message, /no RuleEndpoint "my-rest"/);
  await system.apply("ruleEndpoint-rest");
  await system.apply("ruleEndpoint-eventbus");
  await isReady("my-rule");
  const port = `${system.edge.mqttPort}`;
  const sub = spawn("mosquitto_sub", ["-p", port, "-t", "test/#", "-v"]);
  let printed = "";
  sub.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  try {
    // mosquitto_sub does not tell a pipe when it has subscribed.
    await eventually("the first one arrives", async () => {
      assert.equal(`${await system.curl(`${node}/a`, "-d", "1")}`, "message delivered");
      return /^test 1$/m.test(printed) || undefined;
    });
    await system.curl(`${node}/a`, "-d", '{"message":"123"}');
    await system.curl(`${node}/a/on%20top?x=1`, "-d", "deep");
    await eventually("it arrives", () => /test\/on top deep\n/.test(printed) || undefined);
    assert.match(printed, /^test \{"message":"123"\}$/m);
  } finally {
    sub.kill();
  }
  const counted = ({ successMessages = 0 }) => successMessages >= 3;
  assert.equal((await system.ruleWith("my-rule", counted)).failMessages, 0);
});

test("rest to eventbus: bytes arrive as they are", async () => {
  const client = await connectAsync(`mqtt://127.0.0.1:${system.edge.mqttPort}`);
  const bytes = Buffer.from([0, 255, 254, 10, 195, 40]);
  const heard: Buffer[] = [];
  client.on("message", (_, payload) => heard.push(payload));
  await client.subscribeAsync("test");
  await fetch(`http://127.0.0.1:${system.cloud.routerPort}${node}/a`, {
    method: "PUT",
    body: bytes,
  });
  await eventually("it arrives", () => heard.length > 0 || undefined);
  assert.deepEqual(heard, [bytes]);
  await client.endAsync();
});

test("rest to servicebus: method, headers, query and body there, status, headers and body back", async () => {
  const service = await system.serve(({ body, url }, response) => {
    response.writeHead(Number(/status=(\d+)/.exec(url)?.[1] ?? 200), {
      "x-of-service": ["1", "2"],
      "content-type": "application/octet-stream",
    });
    response.end(body);
  });
  const properties = { service_port: `${service.port}` };
  await system.apply("ruleEndpoint-servicebus", { properties });
  await system.apply("rule-rest-servicebus");
  await isReady("my-rule-rest-servicebus");
  const base = `http://127.0.0.1:${system.cloud.routerPort}${node}/source`;
  for (const [method, status] of [
    ["GET", 200],
    ["PUT", 201],
    ["DELETE", 204],
    ["PATCH", 302],
    ["POST", 404],
    ["POST", 500],
  ] as const) {
    const body = method === "GET" ? null : Buffer.from([0, 255, 1, 128]);
    const answer = await fetch(`${base}/x:y/%C3%A4?q=1:2&status=${status}`, {
      ...{ method, body, redirect: "manual" as const, headers: { "x-of-caller": "here" } },
    });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("x-of-service"), "1, 2");
    const heard = service.heard.at(-1)!;
    assert.equal(heard.method, method);
    assert.equal(heard.url, `/target/x:y/%C3%A4?q=1:2&status=${status}`);
    assert.equal(heard.headers["x-of-caller"], "here");
    assert.deepEqual(heard.body, body ?? Buffer.alloc(0));
    const expected = status === 204 ? Buffer.alloc(0) : (body ?? Buffer.alloc(0));
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), expected);
  }
  assert.equal(service.heard.length, 6, "each request went once");
});

/** Something that listens and behaves badly. */
async function badService(behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    behave(socket);
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

const bad: [what: string, behave: ((socket: Socket) => void) | undefined, status: number][] = [
  ["does not listen", undefined, 502],
  ["answers garbage", (socket) => socket.end("garbage\r\n\r\n"), 502],
  [
    "closes half-way",
    (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
    502,
  ],
  ["is silent", () => {}, 504],
];
for (const [index, [what, behave, expected]] of bad.entries()) {
  test(`an application that ${what} is answered with ${expected} and where it stopped`, async () => {
    const port = behave ? await badService(behave) : 1;
    const name = `bad-${index}`;
    const properties = { service_port: `${port}` };
    await system.kube.post(rulesPath("RuleEndpoint"), {
      ...{ apiVersion: "rules.kubeedge.io/v1", kind: "RuleEndpoint", metadata: { name } },
      spec: { ruleEndpointType: "servicebus", properties },
    });
    await system.apply(
      "rule-rest-servicebus",
      { target: name, sourceResource: { path: `/${name}/{id}` } },
      name,
    );
    await isReady(name);
    const answer = await fetch(`http://127.0.0.1:${system.cloud.routerPort}${node}/${name}/7`);
    const said = (await answer.json()) as { error: string; stoppedAt: string };
    assert.equal(answer.status, expected, JSON.stringify(said));
    assert.equal(said.stoppedAt, "service");
    const status = await system.ruleWith(name, ({ failMessages }) => failMessages === 1);
    assert.ok(status.errors![0]!.endsWith(said.error), JSON.stringify(status.errors));
  });
}

const refused: [path: string, status: number, stoppedAt: string][] = [
  ["/", 404, "request"],
  ["/k8s-edge-1", 404, "request"],
  [`${node}/nothing`, 404, "rule"],
  [`${node}/abc`, 404, "rule"],
  ["/k8s-edge-1/other/a", 404, "rule"],
  ["/no-such-node/default/a", 404, "node"],
  [`${node}/a/%23`, 400, "request"],
  [`${node}/a/%zz`, 400, "request"],
  [`${node}/source/%2e%2e/x`, 400, "request"],
  [`${node}/source/../../x`, 400, "request"],
];
for (const [path, status, stoppedAt] of refused) {
  test(`${path} is refused with ${status}`, async () => {
    const printed = `${await system.curl(path, "-d", "x", "-w", "%{http_code}")}`;
    const [body = "", code] = printed.split("\n");
    assert.equal(code, `${status}`, printed);
    assert.equal(JSON.parse(body).stoppedAt, stoppedAt, printed);
  });
}

test("a body above the limit is refused, edits and deletions hold at once", async () => {
  const url = `http://127.0.0.1:${system.cloud.routerPort}${node}/a`;
  const long = await fetch(url, { method: "POST", body: Buffer.alloc(13 * 1024 * 1024) });
  assert.equal(long.status, 413);
  const rule = `${rulesPath("Rule")}/my-rule`;
  await system.kube.patch(rule, { spec: { sourceResource: { path: "/b" } } });
  await eventually("the edit holds", async () => (await fetch(url)).status === 404 || undefined);
  assert.equal(`${await system.curl(`${node}/b`)}`, "message delivered");
  await system.kube.delete(rule);
  await eventually("the rule is gone", async () => {
    const printed = `${await system.curl(`${node}/b`, "-w", "%{http_code}")}`;
    return printed.endsWith("404") || undefined;
  });
});

test("a node that is away is answered with 503 and Retry-After", async () => {
  await system.apply("rule-rest-eventbus");
  await isReady("my-rule");
  system.line.cut();
  const url = `http://127.0.0.1:${system.cloud.routerPort}${node}/a`;
  const answer = await eventually("the node is away", async () => {
    const each = await fetch(url, { method: "POST", body: "x" });
    return each.status === 200 ? undefined : each;
  });
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
  assert.deepEqual(await answer.json(), {
    error: "node k8s-edge-1 is not connected",
    stoppedAt: "node",
  });
  system.line.mend();
});
