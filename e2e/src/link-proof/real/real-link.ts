import { readFileSync, writeFileSync } from "node:fs";
import type { Device } from "@mapperkit/api";
import { freePorts } from "../../harness/free-ports.ts";
import { KubeHttp } from "../../harness/kube-http.ts";
import { MapperkitProcess } from "../../harness/mapperkit-process.ts";
import { ScratchFolder } from "../../harness/scratch-folder.ts";
import { ReferenceModel } from "../reference-model.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { MqttMapper } from "./mqtt-mapper.ts";

const GROUP = "devices.kubeedge.io/v1beta1";
const BASE = `/apis/${GROUP}/namespaces/default`;
export const NODE = "kube-edge-1";

/** API server, cloudcore and edgecore as processes that can be killed, with a proxy before each. */
export class RealLink implements AsyncDisposable {
  readonly folder = new ScratchFolder();
  readonly model = new ReferenceModel(() => Math.round(performance.now()));
  readonly #parts = new AsyncDisposableStack();
  readonly #ports: readonly number[];
  readonly #running = new Map<"cloudcore" | "edgecore", MapperkitProcess>();
  readonly #seen = new Map<string, Device>();
  kube!: KubeHttp;
  mapper!: MqttMapper;
  toHub!: FaultProxy;
  toKube!: FaultProxy;
  #hubProxyPort = 0;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  static async start(): Promise<RealLink> {
    const link = new RealLink(await freePorts(3));
    try {
      await link.#start();
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    }
    return link;
  }

  async startPart(part: "cloudcore" | "edgecore"): Promise<void> {
    if (this.#running.has(part)) return;
    const [, hub, mqtt] = this.#ports;
    const args = {
      cloudcore: [
        ...["cloudcore", "--kubeconfig", this.folder.join("proxied")],
        ...["--hub-port", `${hub}`, "--webhook-port", "0", "--monitor-port", "0"],
      ],
      edgecore: [
        ...["edgecore", "--data", this.folder.path, "--mqtt-port", `${mqtt}`],
        ...["--monitoring-port", "0", "--cloud", `ws://127.0.0.1:${this.#hubProxyPort}`],
      ],
    }[part];
    this.#running.set(part, await MapperkitProcess.start(args, new RegExp(`^${part}`, "m")));
  }

  async kill(part: "cloudcore" | "edgecore"): Promise<void> {
    const program = this.#running.get(part);
    this.#running.delete(part);
    await program?.end("SIGKILL");
  }

  async createLamp(name: string): Promise<void> {
    const properties = [{ name: "power", desired: { value: "d1" } }, { name: "count" }];
    const spec = { nodeName: NODE, deviceModelRef: { name: "lamp" }, properties };
    const metadata = { name, namespace: "default" };
    await this.kube.post(`${BASE}/devices`, { apiVersion: GROUP, kind: "Device", metadata, spec });
  }

  async desire(name: string, value: string): Promise<void> {
    const properties = [{ name: "power", desired: { value } }, { name: "count" }];
    await this.kube.patch(`${BASE}/devices/${name}`, { spec: { properties } });
  }

  async lamp(name: string): Promise<Device> {
    return (await this.kube.get(`${BASE}/devices/${name}`)).body as Device;
  }

  /** What both programs wrote last, for the message of a test that failed. */
  get logs(): string {
    return [...this.#running].map(([name, p]) => `${name}:\n${p.errors.slice(-2_000)}`).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.kill("cloudcore"), this.kill("edgecore")]);
    await this.#parts.disposeAsync();
    this.folder[Symbol.dispose]();
  }

  async #start(): Promise<void> {
    const [kubePort = 0, hubPort = 0, mqttPort = 0] = this.#ports;
    const args = ["kube", "--data", this.folder.path, "--port", `${kubePort}`];
    this.#parts.use(await MapperkitProcess.start(args, /^kubernetes: /m));
    this.toKube = this.#parts.use(new FaultProxy(() => kubePort));
    this.toHub = this.#parts.use(new FaultProxy(() => hubPort));
    const kubeProxyPort = await this.toKube.listen();
    this.#hubProxyPort = await this.toHub.listen();
    const kubeconfig = readFileSync(this.folder.join("kubeconfig"), "utf8");
    writeFileSync(
      this.folder.join("proxied"),
      kubeconfig.replace(`:${kubePort}`, `:${kubeProxyPort}`),
    );
    this.kube = this.#parts.use(new KubeHttp(this.folder.join("kubeconfig")));
    await this.startPart("cloudcore");
    await this.startPart("edgecore");
    const text = (name: string, accessMode: string) => ({ name, type: "STRING", accessMode });
    const spec = { properties: [text("power", "ReadWrite"), text("count", "ReadOnly")] };
    const metadata = { name: "lamp", namespace: "default" };
    const model = { apiVersion: GROUP, kind: "DeviceModel", metadata, spec };
    await this.kube.post(`${BASE}/devicemodels`, model);
    const url = `mqtt://127.0.0.1:${mqttPort}`;
    this.mapper = this.#parts.use(new MqttMapper({ node: NODE, url, witness: this.model }));
    this.#parts.defer(this.kube.watch(`${BASE}/devices`, ({ object }) => this.#statusSeen(object)));
  }

  #statusSeen(device: Device): void {
    const { name } = device.metadata;
    const before = this.#seen.get(name);
    this.#seen.set(name, device);
    if (before && device.status)
      this.model.status({ ...device, status: before.status }, device.status);
  }
}
