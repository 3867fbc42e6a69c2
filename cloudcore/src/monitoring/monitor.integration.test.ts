import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { TestCloud } from "../testing/test-cloud.ts";
import { until } from "../testing/until.ts";

test("health from the beginning, readiness when edges are served, metrics that move", async (t) => {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  await cloud.stopKube();
  cloud.makeCore({ monitor: { port: 0 } });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${cloud.core.monitorPort}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const started = cloud.core.start(new AbortController().signal);
  await until("the monitor", () => cloud.core.monitorPort !== 0);
  assert.equal((await get("/healthz")).status, 200);
  assert.equal((await get("/readyz")).status, 503);
  await cloud.startKube();
  await started;
  assert.equal((await get("/readyz")).status, 200);
  assert.equal((await get("/else")).status, 404);

  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "e1");
  t.after(() => edge.close());
  edge.sendRaw("rubbish");
  const id = edge.report("default/nobodys", { p: { actual: { value: "1" } } });
  await until("the confirmation", () => edge.isConfirmed(id));
  const { text } = await get("/metrics");
  for (const line of [
    "# TYPE mapperkit_cloud_nodes_connected gauge",
    "mapperkit_cloud_nodes_connected 1",
    "mapperkit_cloud_dropped_frames_total 1",
    "mapperkit_cloud_refused_reports_total 1",
    'mapperkit_cloud_status_writes_total{result="written"} 0',
  ]) {
    assert.ok(text.split("\n").includes(line), `${line} in\n${text}`);
  }
  assert.match(
    text,
    /^mapperkit_cloud_watch_event_age_seconds\{watch="reflector-devices"\} [\d.]+$/m,
  );
  assert.match(text, /^process_resident_memory_bytes \d{7,}$/m);
});
