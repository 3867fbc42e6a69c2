import { join, resolve } from "node:path";
import { type CloudCore, cloudCoreConfig, createCloudCore } from "@mapperkit/cloudcore";
import { createEdgeCore, type EdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import type { Component } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import type { Surroundings } from "../program/run-program.ts";
import { DemoDevices } from "./demo-devices.ts";
import { movedFrom, type RunningPart } from "./running-part.ts";
import type { UpOptions } from "./up-options.ts";

/** The whole system in one process: API server, cloud, edge, mappers and virtual devices. */
export interface System extends Component {
  readonly kubeconfig: string;
  /** What runs where; to be asked after start(). */
  parts(): readonly RunningPart[];
}

export function createSystem(options: UpOptions, data: string, around: Surroundings): System {
  return new WholeSystem(options, data, around);
}

/**
 * Each part is made only when the one before it has started, since it is told where that one
 * listens. Stops in reverse, also after a start that failed half-way.
 */
class WholeSystem implements System {
  readonly name = "system";
  readonly kubeconfig: string;
  readonly failed: Promise<never>;
  readonly #options: UpOptions;
  readonly #data: string;
  readonly #around: Surroundings;
  readonly #running: Component[] = [];
  readonly #parts: RunningPart[] = [];
  #fail: (error: unknown) => void = () => {};

  constructor(options: UpOptions, data: string, around: Surroundings) {
    this.#options = options;
    this.#data = data;
    this.#around = around;
    this.kubeconfig = options.kubeconfig ? resolve(options.kubeconfig) : join(data, "kubeconfig");
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    // Its owner awaits it after start(); until then a failure must not end the process.
    this.failed.catch(() => {});
  }

  parts(): readonly RunningPart[] {
    return this.#parts;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (!this.#options.kubeconfig) await this.#startKubernetes(signal);
    const cloud = await this.#startCloud(signal);
    const edge = await this.#startEdge(cloud.hubPort, signal);
    const broker = `mqtt://127.0.0.1:${edge.mqttPort}`;
    const isInProcess = this.#options.link === "in-process";
    const demo = new DemoDevices({
      options: this.#options,
      data: this.#data,
      around: this.#around,
      broker,
      openLink: () => (isInProcess ? edge.openTwinLink() : broker),
      kubeconfig: this.kubeconfig,
    });
    await this.#run(demo, signal);
    this.#parts.push(...demo.parts());
  }

  async stop(): Promise<void> {
    for (const component of this.#running.splice(0).reverse()) await component.stop();
  }

  async #run(component: Component, signal: AbortSignal): Promise<void> {
    this.#running.push(component);
    await component.start(signal);
    component.failed?.catch((error: unknown) => this.#fail(error));
  }

  async #startKubernetes(signal: AbortSignal): Promise<void> {
    const asked = this.#options.ports.kubernetes;
    const dataDir = join(this.#data, "kubernetes");
    const kubernetes = createKubernetes(
      kubernetesConfig.parse({
        dataDir,
        port: asked,
        whenPortTaken: "next",
        kubeconfigFile: this.kubeconfig,
      }),
      this.#inside("kubernetes"),
    );
    await this.#run(kubernetes, signal);
    this.#parts.push({
      name: "Kubernetes API",
      address: kubernetes.url,
      note: `stand-in, state in ${dataDir}`,
      ...movedFrom(asked, Number(new URL(kubernetes.url).port)),
    });
  }

  async #startCloud(signal: AbortSignal): Promise<CloudCore> {
    const { hub, webhook, router } = this.#options.ports;
    const cloud = createCloudCore(
      cloudCoreConfig.parse({
        kubeconfig: this.kubeconfig,
        hub: { port: hub, whenPortTaken: "next" },
        webhook: { port: webhook, whenPortTaken: "next" },
        router: { port: router, whenPortTaken: "next" },
      }),
      this.#inside("cloudcore"),
    );
    await this.#run(cloud, signal);
    this.#parts.push(
      {
        name: "cloudcore",
        address: `ws://127.0.0.1:${cloud.hubPort}`,
        note: "cloudhub, devicecontroller",
        ...movedFrom(hub, cloud.hubPort),
      },
      {
        name: "conversion webhook",
        address: `https://127.0.0.1:${cloud.webhookPort}`,
        note: "v1alpha2 and v1beta1 of devices",
        ...movedFrom(webhook, cloud.webhookPort),
      },
      {
        name: "router",
        address: `http://127.0.0.1:${cloud.routerPort}`,
        note: "rules: /{node}/{namespace}/{path}",
        ...movedFrom(router, cloud.routerPort),
      },
    );
    return cloud;
  }

  async #startEdge(hubPort: number, signal: AbortSignal): Promise<EdgeCore> {
    const { mqtt: asked, monitoring } = this.#options.ports;
    const edge = createEdgeCore(
      edgeCoreConfig.parse({
        node: this.#options.node,
        dataDir: join(this.#data, "edgecore"),
        cloud: { url: `ws://127.0.0.1:${hubPort}` },
        mqtt: { port: asked, whenPortTaken: "next" },
        monitoring: { port: monitoring, whenPortTaken: "next" },
        serviceBus: {},
      }),
      this.#inside("edgecore"),
    );
    await this.#run(edge, signal);
    this.#parts.push({
      name: "edgecore",
      address: `mqtt://127.0.0.1:${edge.mqttPort}`,
      note: `node ${this.#options.node}, embedded broker`,
      ...movedFrom(asked, edge.mqttPort),
    });
    const { monitoringPort = monitoring } = edge;
    this.#parts.push({
      name: "edge monitoring",
      address: `http://127.0.0.1:${monitoringPort}`,
      note: "/metrics, /healthz, /readyz",
      ...movedFrom(monitoring, monitoringPort),
    });
    return edge;
  }

  #inside(component: string): Surroundings {
    return { ...this.#around, log: this.#around.log.child({ component }) };
  }
}
