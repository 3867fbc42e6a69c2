import { type CloudCore, cloudCoreConfig, createCloudCore } from "@mapperkit/cloudcore";
import { DEVICE_MODELS, DEVICES, KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { createEdgeCore, type EdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import mqtt from "mqtt";
import { CountingProxy } from "./counting-proxy.ts";
import { ScratchFolder } from "./scratch-folder.ts";

const GROUP = "devices.kubeedge.io/v1beta1";
const signal = new AbortController().signal;

/** API server, cloud and an edge behind a proxy that can be cut, in this process. */
export class LinkedEdges implements AsyncDisposable {
  readonly folder = new ScratchFolder();
  readonly log = new MemoryLog();
  readonly client: KubeClient;
  readonly #clock = new RealClock();
  readonly #parts: AsyncDisposableStack = new AsyncDisposableStack();
  #cloud: CloudCore | undefined;
  #edge: EdgeCore | undefined;
  proxy!: CountingProxy;
  #proxyPort = 0;
  /** What the edge announces to mappers: each device with its uid and label `mark`. */
  readonly announced = new Map<string, string>();

  readonly #hub: object;

  private constructor(hub: object) {
    this.#hub = hub;
    const loadAccess = () => loadKubeconfig(this.folder.join("kubeconfig"));
    this.client = new KubeClient({ loadAccess, clock: this.#clock });
  }

  /** @param hub its configuration, but for the port */
  static async start(hub: object = {}): Promise<LinkedEdges> {
    const made = new LinkedEdges(hub);
    const [dataDir, kubeconfigFile] = [made.folder.join("kube"), made.folder.join("kubeconfig")];
    const kube = createKubernetes(
      kubernetesConfig.parse({ dataDir, port: 0, kubeconfigFile }),
      made.#tools(),
    );
    await kube.start(signal);
    made.#parts.defer(() => kube.stop());
    made.proxy = made.#parts.use(new CountingProxy(() => made.#cloud?.hubPort ?? 0));
    made.#proxyPort = await made.proxy.listen();
    await made.startCloud();
    return made;
  }

  async startCloud(): Promise<void> {
    const config = cloudCoreConfig.parse({
      kubeconfig: this.folder.join("kubeconfig"),
      hub: { port: 0, ...this.#hub },
      webhook: { port: 0 },
    });
    this.#cloud = createCloudCore(config, this.#tools());
    await this.#cloud.start(signal);
  }

  async stopCloud(): Promise<void> {
    await this.#cloud?.stop();
    this.#cloud = undefined;
  }

  /** With a client that listens to what mappers hear. */
  async startEdge(): Promise<void> {
    const config = edgeCoreConfig.parse({
      node: "e1",
      dataDir: this.folder.join("edge"),
      cloud: { url: `ws://127.0.0.1:${this.#proxyPort}` },
      mqtt: { port: 0 },
    });
    const edge = createEdgeCore(config, this.#tools());
    this.#edge = edge;
    await edge.start(signal);
    const client = await mqtt.connectAsync(this.mqttUrl);
    this.#parts.defer(() => client.endAsync(true));
    client.on("message", (topic, body) => this.#hear(topic, body.toString()));
    await client.subscribeAsync("$hw/events/node/e1/devices/#", { qos: 1 });
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#edge?.mqttPort}`;
  }

  async createModel(name: string): Promise<void> {
    const properties = [{ name: "power", type: "STRING", accessMode: "ReadWrite" }];
    const metadata = { name, namespace: "default" };
    const model = { apiVersion: GROUP, kind: "DeviceModel", metadata, spec: { properties } };
    await this.client.create(DEVICE_MODELS, model, { signal });
  }

  async createDevice(name: string, more: { node?: string; mark?: string } = {}): Promise<void> {
    const { node = "e1", mark = "new" } = more;
    const spec = {
      nodeName: node,
      deviceModelRef: { name: "lamp" },
      properties: [{ name: "power", desired: { value: "ON" } }],
    };
    const metadata = { name, namespace: "default", labels: { mark } };
    await this.client.create(
      DEVICES,
      { apiVersion: GROUP, kind: "Device", metadata, spec },
      { signal },
    );
  }

  async patchDevice(name: string, patch: object): Promise<void> {
    await this.client.mergePatch(DEVICES, { namespace: "default", name }, { patch, signal });
  }

  async deleteDevice(name: string): Promise<void> {
    await this.client.delete(DEVICES, { namespace: "default", name }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#edge?.stop();
    await this.#cloud?.stop();
    await this.#parts.disposeAsync();
    this.folder[Symbol.dispose]();
  }

  #hear(topic: string, text: string): void {
    const name = topic.split("/").at(-1) ?? "";
    if (text === "") {
      this.announced.delete(name);
      return;
    }
    const { device } = JSON.parse(text) as {
      device: { metadata: { labels?: { mark?: string } } };
    };
    this.announced.set(name, device.metadata.labels?.mark ?? "");
  }

  #tools() {
    return { clock: this.#clock, random: createRandom(1), log: this.log };
  }
}
