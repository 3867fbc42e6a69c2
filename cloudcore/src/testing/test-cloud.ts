import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Device } from "@mapperkit/api";
import { type Clock, type Component, createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { type CloudCore, createCloudCore } from "../cloud-core.ts";
import { type CloudCoreInput, cloudCoreConfig } from "../cloud-core-config.ts";
import { DEVICES, KubeClient, type KubeObject, loadKubeconfig } from "../kube/index.ts";

const PATIENCE_MS = 10_000;
const POLL_MS = 20;

/** Makes the API server under test; its kubeconfig goes into `dataDir`. */
export type MakeKubernetes = (
  dataDir: string,
  port: number,
  clock: Clock,
) => Component & { readonly url: string };

/** An API server, a cloudcore and a client, all on their own ports. */
export class TestCloud {
  readonly clock = new RealClock();
  readonly log = new MemoryLog();
  readonly dataDir: string;
  readonly client: KubeClient;
  readonly #signal = new AbortController().signal;
  readonly #make: MakeKubernetes;
  #kube: ReturnType<MakeKubernetes> | undefined;
  #core: CloudCore | undefined;
  #kubePort = 0;

  private constructor(make: MakeKubernetes, dataDir: string) {
    this.#make = make;
    this.dataDir = dataDir;
    const loadAccess = () => loadKubeconfig(this.kubeconfig);
    this.client = new KubeClient({ loadAccess, clock: this.clock });
  }

  static async create(t: TestContext, make: MakeKubernetes): Promise<TestCloud> {
    const cloud = new TestCloud(make, await mkdtemp(join(tmpdir(), "cloudcore-")));
    t.after(async () => {
      cloud.client.close();
      await cloud.#core?.stop();
      await cloud.#kube?.stop();
      await rm(cloud.dataDir, { recursive: true });
    });
    return cloud;
  }

  get kubeconfig(): string {
    return join(this.dataDir, "kubeconfig");
  }

  get core(): CloudCore {
    if (!this.#core) throw new Error("cloudcore was not made");
    return this.#core;
  }

  async startKube(): Promise<void> {
    const kube = this.#make(this.dataDir, this.#kubePort, this.clock);
    this.#kube = kube;
    await kube.start(this.#signal);
    this.#kubePort = Number(new URL(kube.url).port);
  }

  async stopKube(): Promise<void> {
    await this.#kube?.stop();
  }

  makeCore(more: Partial<CloudCoreInput> = {}): void {
    const config = cloudCoreConfig.parse({
      kubeconfig: this.kubeconfig,
      hub: { port: 0 },
      webhook: { port: 0 },
      statusIntervalMs: 50,
      ...more,
    });
    this.#core = createCloudCore(config, this.#tools());
  }

  async startCore(more: Partial<CloudCoreInput> = {}): Promise<void> {
    this.makeCore(more);
    await this.core.start(this.#signal);
  }

  async device(name = "counter"): Promise<Device> {
    const ref = { namespace: "default", name };
    return (await this.client.get(DEVICES, ref, this.#signal)) as unknown as Device;
  }

  async patchDevice(patch: object, version = "v1beta1"): Promise<KubeObject> {
    const ref = { namespace: "default", name: "counter" };
    const options = { patch, signal: this.#signal };
    return this.client.mergePatch({ ...DEVICES, version }, ref, options);
  }

  /** Waits for a device that fits. */
  async deviceWith(what: string, fits: (device: Device) => boolean): Promise<Device> {
    let device = await this.device();
    for (let waitedMs = 0; !fits(device); waitedMs += POLL_MS) {
      assert.ok(waitedMs < PATIENCE_MS, `waited in vain for ${what}: ${JSON.stringify(device)}`);
      await this.clock.sleep(POLL_MS);
      device = await this.device();
    }
    return device;
  }

  #tools() {
    return { clock: this.clock, random: createRandom(1), log: this.log };
  }
}
