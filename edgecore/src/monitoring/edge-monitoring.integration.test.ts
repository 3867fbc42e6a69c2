import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync } from "mqtt";
import { createEdgeCore, type EdgeCore } from "../edge-core.ts";
import { edgeCoreConfig } from "../edge-core-config.ts";
import { ScriptedCloud } from "../edgehub/scripted-cloud.ts";
import { readPrometheusText } from "./read-prometheus-text.test.ts";

async function startEdge(t: TestContext, settings: object = {}): Promise<EdgeCore> {
  const dataDir = await mkdtemp(join(tmpdir(), "edge-monitoring-"));
  t.after(() => rm(dataDir, { recursive: true }));
  const config = edgeCoreConfig.parse({
    dataDir,
    cloud: { url: "ws://127.0.0.1:1" },
    mqtt: { port: 0 },
    monitoring: { port: 0 },
    ...settings,
  });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const edge = createEdgeCore(config, parts);
  t.after(() => edge.stop());
  await edge.start(t.signal);
  return edge;
}

function urlOf(edge: EdgeCore, path: string): string {
  return `http://127.0.0.1:${edge.monitoringPort}${path}`;
}

async function until(what: string, find: () => Promise<unknown>): Promise<void> {
  const limit = Date.now() + 5_000;
  while (!(await find())) assert.ok(Date.now() < limit, `waited 5 s for ${what}`);
}

async function metricsOf(edge: EdgeCore): Promise<Map<string, number>> {
  const response = await fetch(urlOf(edge, "/metrics"));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return readPrometheusText(await response.text());
}

test("an edge that was just started is well, ready, and says what it takes", async (t) => {
  const edge = await startEdge(t);
  for (const path of ["/healthz", "/readyz"]) {
    const response = await fetch(urlOf(edge, path));
    assert.deepEqual([response.status, await response.text()], [200, "ok\n"], path);
  }
  const verbose = await fetch(urlOf(edge, "/healthz?verbose"));
  assert.equal(await verbose.text(), "[+]event loop: ok\n[+]database: ok\n");
  const metrics = await metricsOf(edge);
  assert.equal(metrics.get("mapperkit_edge_devices"), 0);
  assert.equal(metrics.get("mapperkit_edge_cloud_link_up"), 0);
  assert.equal(metrics.get("mapperkit_edge_commit_failures_total"), 0);
  assert.ok((metrics.get("process_resident_memory_bytes") ?? 0) > 10_000_000);
  assert.ok((metrics.get("process_cpu_seconds_total") ?? 0) > 0);
  assert.ok((metrics.get("mapperkit_edge_event_loop_delay_seconds") ?? -1) >= 0);
});

test("sessions, requests, refusals, commits and the link are counted", async (t) => {
  const cloud = new ScriptedCloud();
  t.after(() => cloud[Symbol.asyncDispose]());
  const edge = await startEdge(t, { cloud: { url: await cloud.listen() } });
  await until("the link", async () => (await metricsOf(edge)).get("mapperkit_edge_cloud_link_up"));
  cloud.say({
    group: "twin",
    operation: "update",
    resource: "membership/detail",
    content: { devices: [{ id: "default/lamp", name: "lamp" }] },
  });
  const client = await connectAsync(`mqtt://127.0.0.1:${edge.mqttPort}`);
  t.after(() => client.endAsync(true));
  const topic = "$hw/events/device/default/lamp/twin/update";
  await client.subscribeAsync(`${topic}/result`);
  const ask = async (to: string, body: object) => {
    await client.publishAsync(to, JSON.stringify(body), { qos: 1 });
  };
  await until("the device", async () => (await metricsOf(edge)).get("mapperkit_edge_devices"));
  await ask(topic, {
    event_id: "1",
    twin: {
      power: { actual: { value: "on" }, metadata: { type: "string" } },
      level: { actual: { value: "high" }, metadata: { type: "int" } },
    },
  });
  await ask(topic, "no object" as unknown as object);
  await ask("$hw/events/device/default/nobody/twin/get", { event_id: "2" });
  const metrics = await metricsOf(edge);
  const expected: Record<string, number> = {
    mapperkit_edge_sessions: 1,
    'mapperkit_edge_requests_total{action="twin/update"}': 2,
    'mapperkit_edge_requests_total{action="twin/get"}': 1,
    'mapperkit_edge_twin_values_total{result="applied"}': 1,
    'mapperkit_edge_twin_values_total{result="refused"}': 1,
    'mapperkit_edge_refusals_total{code="400",reason="WrongType"}': 1,
    'mapperkit_edge_refusals_total{code="400",reason="BadMessage"}': 1,
    'mapperkit_edge_refusals_total{code="404",reason="UnknownDevice"}': 1,
    mapperkit_edge_outbox_devices: 1,
    mapperkit_edge_cloud_link_up: 1,
    mapperkit_edge_commit_queue: 0,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(metrics.get(name), value, `${name} of ${[...metrics].join("\n")}`);
  }
  assert.ok((metrics.get("mapperkit_edge_commit_seconds_count") ?? 0) >= 2);
  assert.ok((metrics.get('mapperkit_edge_cloud_messages_total{direction="up"}') ?? 0) >= 2);
  assert.ok((metrics.get('mapperkit_edge_cloud_messages_total{direction="down"}') ?? 0) >= 1);
});

test("what is not there is not found, and nothing can be sent", async (t) => {
  const edge = await startEdge(t);
  for (const path of ["/", "/metric", "/healthz/x", "/__proto__", "/constructor"]) {
    assert.equal((await fetch(urlOf(edge, path))).status, 404, path);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const response = await fetch(urlOf(edge, "/metrics"), { method });
    assert.equal(response.status, 405, method);
    assert.equal(response.headers.get("allow"), "GET, HEAD");
  }
  const head = await fetch(urlOf(edge, "/metrics"), { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

test("a taken port is refused by name, or left for the next one", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  await assert.rejects(startEdge(t, { monitoring: { port } }), new RegExp(`port ${port}`));
  const edge = await startEdge(t, { monitoring: { port, whenPortTaken: "next" } });
  assert.ok((edge.monitoringPort ?? 0) > port);
});

test("monitoring that is off or absent listens nowhere", async (t) => {
  const off = await startEdge(t, { monitoring: { enabled: false } });
  const absent = await startEdge(t, { monitoring: undefined });
  assert.deepEqual([off.monitoringPort, absent.monitoringPort], [undefined, undefined]);
});
