import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { freePorts } from "./harness/free-ports.ts";
import { KubeHttp } from "./harness/kube-http.ts";
import { MapperkitProcess } from "./harness/mapperkit-process.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";

const bin = resolve(import.meta.dirname, "../../cli/bin/mapperkit.js");
const folder = new ScratchFolder();
const kubeconfig = folder.join("kubeconfig");
const edgeData = folder.join("edge");
const running: MapperkitProcess[] = [];
let kube: KubeHttp;
let ports: number[];

before(async () => {
  ports = await freePorts(6);
  await start(["kube", "--data", folder.path, "--port", `${ports[0]}`], /^kubernetes: /m);
  kube = new KubeHttp(kubeconfig);
  await startCloud();
});
after(async () => {
  kube[Symbol.dispose]();
  await Promise.all(running.map((part) => part[Symbol.asyncDispose]()));
  folder[Symbol.dispose]();
});

async function start(args: readonly string[], ready: RegExp): Promise<MapperkitProcess> {
  const part = await MapperkitProcess.start(args, ready);
  running.push(part);
  return part;
}

function startCloud(): Promise<MapperkitProcess> {
  const [, hub, certificates, webhook] = ports;
  return start(
    [
      ...["cloudcore", "--kubeconfig", kubeconfig, "--advertise", "localhost"],
      ...["--hub-port", `${hub}`, "--certificate-port", `${certificates}`],
      ...["--webhook-port", `${webhook}`],
    ],
    /^cloudcore: wss:/m,
  );
}

async function mapperkit(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args]);
  return stdout.trim();
}

function join(token: string): Promise<string> {
  const [, hub, certificates] = ports;
  return mapperkit(
    ...["join", "--cloud", `127.0.0.1:${hub}`, "--certificate-port", `${certificates}`],
    ...["--token", token, "--data", edgeData, "--no-service"],
  );
}

test("token, join, edgecore: a device's node is reachable over mutual TLS", async () => {
  const token = await mapperkit("token", "create", "--node", "pi-1", "--kubeconfig", kubeconfig);
  assert.match(await join(token), /node pi-1 has joined[\s\S]*start it with: mapperkit edgecore/);
  for (const name of ["edgecore.yaml", "certs/server.key", "certs/server.crt"]) {
    assert.equal(statSync(resolve(edgeData, name)).mode & 0o777, 0o600, name);
  }
  const read = promisify(execFile);
  const files = ["-CAfile", `${edgeData}/certs/rootCA.crt`, `${edgeData}/certs/server.crt`];
  const { stdout } = await read("openssl", ["verify", "-purpose", "sslclient", ...files]);
  assert.match(stdout, /: OK/);

  const edge = ["edgecore", "--config", resolve(edgeData, "edgecore.yaml"), "--data", edgeData];
  await start(
    [...edge, "--mqtt-port", `${ports[4]}`, "--monitoring-port", "0"],
    /^edgecore: node pi-1/m,
  );
  const counter = new CounterDevice(kube);
  await counter.create("v1beta1");
  const path = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices/counter";
  await kube.patch(path, { spec: { nodeName: "pi-1" } });
  await eventually("the device's node is reachable", async () => {
    const device = await kube.get(path);
    return JSON.stringify(device).includes('"NodeConnected"') || undefined;
  });
});

test("the token is listed as used, and is of no use to another", async () => {
  const list = await mapperkit("token", "list", "--kubeconfig", kubeconfig);
  assert.match(list, /pi-1 +used/);
  const id = /^(\w{12})/m.exec(list.split("\n")[1]!)![1]!;
  assert.match(await mapperkit("token", "delete", id, "--kubeconfig", kubeconfig), /deleted/);
  const before = readFileSync(resolve(edgeData, "certs/server.crt"), "utf8");
  const gone = `${"0".repeat(64)}.eyJub2RlIjoicGktMSJ9.${id}.${"A".repeat(43)}`;
  await assert.rejects(join(gone), /not the one that made the token/);
  assert.equal(readFileSync(resolve(edgeData, "certs/server.crt"), "utf8"), before);
});

test("a plain hub off the loopback is refused with one line", async () => {
  const wish = mapperkit("cloudcore", "--kubeconfig", kubeconfig, "--hub-host", "0.0.0.0");
  await assert.rejects(wish, (error: { code: number; stderr: string }) => {
    assert.equal(error.code, 2);
    assert.match(error.stderr, /^mapperkit: [^\n]*hub\.host[^\n]*--advertise[^\n]*\n$/);
    return true;
  });
});
