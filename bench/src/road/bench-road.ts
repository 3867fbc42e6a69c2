import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Hops, measureHops } from "../hops/measure-hops.ts";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { BenchCounter } from "./bench-counter.ts";
import { KubeApi } from "./kube-api.ts";
import { endProcess, FREE_PORTS, startProcess } from "./system-process.ts";

const ROUNDS = 500;
/** Status patches are coalesced to one per device and second, so rounds take turns on devices. */
const DEVICES = 25;
const PAUSE_MS = 50;
const COLLECT_CYCLE_MS = 10;
const group = "/apis/devices.kubeedge.io/v1beta1/namespaces/default";
const devicesPath = `${group}/devices`;
const modelsPath = `${group}/devicemodels`;

/**
 * The road of one value, both ways: a patch in the API until the write arrives at the device, and a
 * reading handed out by the device until a Kubernetes watch shows it. Beside them the bare hops.
 */
export async function benchRoad(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mapperkit-bench-"));
  const system = await startProcess(
    ["up", "--data", folder, "--without", "counter", ...FREE_PORTS],
    /Ctrl-C stops everything/,
  );
  const counters = Array.from({ length: DEVICES }, () => new BenchCounter());
  try {
    using kube = new KubeApi(join(folder, "kubeconfig"));
    await createDevices(kube, counters);
    const hopsBefore = await measureHops(ROUNDS, folder);
    const down = await measureDown(kube, counters);
    const up = await measureUp(kube, counters);
    const hopsAfter = await measureHops(ROUNDS, folder);
    writeReport("road", rows(down, up, merge(hopsBefore, hopsAfter)));
  } finally {
    for (const counter of counters) counter.close();
    await endProcess(system);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function createDevices(kube: KubeApi, counters: readonly BenchCounter[]): Promise<void> {
  const head = { apiVersion: "devices.kubeedge.io/v1beta1" };
  await kube.send("POST", modelsPath, {
    ...head,
    kind: "DeviceModel",
    metadata: { name: "counter-model" },
    spec: { properties: [{ name: "status", type: "STRING", accessMode: "ReadWrite" }] },
  });
  for (const [index, counter] of counters.entries()) {
    const started = new Promise<void>((done) => {
      counter.onCommand = () => done();
    });
    await kube.send("POST", devicesPath, {
      ...head,
      kind: "Device",
      metadata: { name: nameOf(index) },
      spec: {
        deviceModelRef: { name: "counter-model" },
        nodeName: "kube-edge-1",
        protocol: {
          protocolName: "counter",
          configData: { host: "127.0.0.1", port: await counter.listen() },
        },
        properties: [{ name: "status", desired: { value: "OFF" }, collectCycle: COLLECT_CYCLE_MS }],
      },
    });
    await started;
  }
}

const nameOf = (index: number) => `bench-${index}`;

async function measureDown(kube: KubeApi, counters: readonly BenchCounter[]): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const index = round % DEVICES;
    const value = Math.floor(round / DEVICES) % 2 === 0 ? "ON" : "OFF";
    const arrival = new Promise<number>((done) => {
      counters[index]!.onCommand = (command, at) => command === value && done(at);
    });
    const start = performance.now();
    const properties = [{ name: "status", desired: { value }, collectCycle: COLLECT_CYCLE_MS }];
    await kube.send("PATCH", `${devicesPath}/${nameOf(index)}`, { spec: { properties } });
    samples.push((await arrival) - start);
    await wait(PAUSE_MS);
  }
  return samples;
}

async function measureUp(kube: KubeApi, counters: readonly BenchCounter[]): Promise<number[]> {
  const shown = new Map<string, (at: number) => void>();
  kube.watch(devicesPath, (device, at) => {
    for (const twin of device.status?.twins ?? []) {
      shown.get(`${device.metadata.name}=${twin.reported?.value}`)?.(at);
    }
  });
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const index = round % DEVICES;
    const counter = counters[index]!;
    const handedOut = new Promise<{ at: number; seen: Promise<number> }>((done) => {
      counter.onNewCount = (count, at) => {
        const seen = new Promise<number>((see) => shown.set(`${nameOf(index)}=${count}`, see));
        done({ at, seen });
      };
    });
    counter.bump();
    const { at, seen } = await handedOut;
    samples.push((await seen) - at);
    await wait(PAUSE_MS);
  }
  return samples;
}

function merge(before: Hops, after: Hops): Hops {
  return {
    http: [...before.http, ...after.http],
    webSocket: [...before.webSocket, ...after.webSocket],
    mqtt: [...before.mqtt, ...after.mqtt],
    fdatasync: [...before.fdatasync, ...after.fdatasync],
  };
}

function rows(down: readonly number[], up: readonly number[], hops: Hops): Row[] {
  const sum = (p: number) =>
    Object.values(hops).reduce((total, samples) => total + percentile(samples, p), 0);
  const row = (what: string, p50: number, p99: number): Row => ({
    what,
    "p50 ms": p50.toFixed(2),
    "p99 ms": p99.toFixed(2),
    "p50 ÷ bare hops": (p50 / sum(50)).toFixed(1),
  });
  const of = (what: string, samples: readonly number[]) =>
    row(what, percentile(samples, 50), percentile(samples, 99));
  return [
    of("patch in the API → write at the device", down),
    of("reading at the device → Kubernetes watch", up),
    row("the bare hops, added up", sum(50), sum(99)),
    of("  HTTPS request", hops.http),
    of("  WebSocket ping", hops.webSocket),
    of("  MQTT ping, QoS 1", hops.mqtt),
    of("  fdatasync of 4 KiB", hops.fdatasync),
  ];
}
