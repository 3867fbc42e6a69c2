import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "@mapperkit/api";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { FakeKubernetes } from "../../testing/fake-kubernetes.ts";
import { until } from "../../testing/until.ts";
import { KubeClient } from "../client/kube-client.ts";
import { KubeEventLog } from "./kube-event-log.ts";

const device: Device = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: { name: "lamp", namespace: "plant", uid: "u1" },
};

test("equal words are counted, also across a restart; a failing server only delays them", async (t) => {
  const kube = new FakeKubernetes();
  await kube.start();
  const clock = new RealClock();
  const client = new KubeClient({
    loadAccess: async () => ({
      server: kube.url,
      namespace: "default",
      insecureSkipTlsVerify: false,
    }),
    clock,
  });
  t.after(async () => {
    client.close();
    await kube.kill();
  });
  let refusals = 2;
  kube.intercept = () => (refusals-- > 0 ? { status: 503, body: {} } : undefined);
  const events = () => kube.objects("/api/v1/namespaces/plant/events");
  for (let run = 1; run <= 2; run++) {
    const log = new KubeEventLog({ client, clock, random: createRandom(run), log: silentLog });
    await log.start(new AbortController().signal);
    for (let i = 0; i < 3; i++) {
      log.record(device, { type: "Warning", reason: "DeviceOffline", message: "it is off" });
    }
    await until(`the count of run ${run}`, () => events()[0]?.count === 3 * run);
    await log.stop();
  }
  assert.equal(events().length, 1);
  const [event] = events();
  assert.equal(event?.type, "Warning");
  assert.equal(event?.reportingComponent, "mapperkit-cloudcore");
});
