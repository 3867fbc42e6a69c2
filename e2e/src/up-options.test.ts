import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { KubeHttp } from "./harness/kube-http.ts";
import { MapperkitProcess } from "./harness/mapperkit-process.ts";
import { RunningSystem } from "./harness/running-system.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";

const devices = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices";

test("--with sensor: temperature, humidity and interval are reported as numbers", async () => {
  await using system = await RunningSystem.start("--with", "sensor");
  const twins = await eventually("three properties are reported", async () => {
    const { body } = await system.kube.get(`${devices}/sensor`);
    const reported = (body.status?.twins ?? []).filter((twin: object) => "reported" in twin);
    return reported.length === 3 ? reported : undefined;
  });
  for (const { propertyName, reported } of twins) {
    assert.ok(Number.isFinite(Number(reported.value)), `${propertyName} is ${reported.value}`);
  }
});

test("--devices 50: fifty further counters count, and a second start keeps them", async () => {
  await using system = await RunningSystem.start("--devices", "50");
  const allCount = () =>
    eventually("all fifty report a count", async () => {
      const { items } = (await system.kube.get(devices)).body;
      const counting = items.filter(
        (device: { status?: { twins?: { reported?: { value: string } }[] } }) =>
          Number(device.status?.twins?.[0]?.reported?.value) >= 1,
      );
      return counting.length === 50 || undefined;
    });
  await allCount();
  await system.program.end("SIGINT");
  await system.restart("--devices", "50");
  await allCount();
});

test("--kubeconfig: another API server in place of the stand-in", async () => {
  using folder = new ScratchFolder();
  const kubeconfig = folder.join("kubeconfig");
  await using cluster = await MapperkitProcess.start(
    ["kube", "--data", folder.path, "--port", "0"],
    /^kubernetes: /m,
  );
  await using system = await RunningSystem.start("--kubeconfig", kubeconfig);
  assert.doesNotMatch(system.program.output, /Kubernetes API/);
  using kube = new KubeHttp(kubeconfig);
  const counter = new CounterDevice(kube);
  await counter.create("v1alpha2");
  await counter.setDesired("ON");
  await counter.rises();
  assert.ok(cluster.pid > 0);
});

test("a taken port: the next free one is used, and said", async () => {
  const other = createServer();
  const port = await new Promise<number>((done) => {
    other.listen(0, "127.0.0.1", () => done((other.address() as { port: number }).port));
  });
  try {
    await using system = await RunningSystem.start("--mqtt-port", `${port}`);
    assert.match(
      system.program.output,
      new RegExp(`Port ${port} was taken: edgecore uses mqtt://127.0.0.1:\\d+ instead`),
    );
  } finally {
    other.close();
  }
});

test("MAPPERKIT_DATA says where the state lives", async () => {
  using folder = new ScratchFolder();
  const ports = ["kubernetes", "hub", "webhook", "mqtt", "counter"].flatMap((part) => [
    `--${part}-port`,
    "0",
  ]);
  await using system = await MapperkitProcess.start(["up", ...ports], /Ctrl-C stops everything/, {
    env: { MAPPERKIT_DATA: folder.join("state") },
  });
  assert.match(system.output, new RegExp(`KUBECONFIG=${folder.join("state", "kubeconfig")}`));
});
