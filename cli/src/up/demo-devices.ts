import { join } from "node:path";
import { counterMapper } from "@mapperkit/mapper-counter";
import type { Component } from "@mapperkit/runtime";
import type { Mapper, TwinLink } from "@mapperkit/sdk";
import { createCounter } from "@mapperkit/sim-counter";
import type { Surroundings } from "../program/run-program.ts";
import { applyAll, type Manifest } from "./apply-manifests.ts";
import { counterModel, numberedCounter, sensorDevice, sensorModel } from "./demo-manifests.ts";
import { RunningMapper } from "./mapper-part.ts";
import { movedFrom, type RunningPart } from "./running-part.ts";
import type { UpOptions } from "./up-options.ts";

export interface DemoSurroundings {
  readonly options: UpOptions;
  readonly data: string;
  readonly around: Surroundings;
  /** The edge's broker. */
  readonly broker: string;
  /** For each mapper the way to the edge that the options name. */
  readonly openLink: () => string | TwinLink;
  readonly kubeconfig: string;
}

/** The device side of `mapperkit up`: virtual devices, their mappers, and the Devices of `--devices`. */
export class DemoDevices implements Component {
  readonly name = "devices";
  readonly failed: Promise<never>;
  readonly #given: DemoSurroundings;
  readonly #running: Component[] = [];
  readonly #parts: RunningPart[] = [];
  /** Names of the mappers that run. */
  readonly #mappers = new Set<string>();
  #fail: (error: unknown) => void = () => {};

  constructor(given: DemoSurroundings) {
    this.#given = given;
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
    const { options, kubeconfig } = this.#given;
    const port = options.without.includes("counter")
      ? options.ports.counter
      : await this.#startCounter(signal);
    const isSensorWanted = options.with.includes("sensor");
    const folders = options.with.filter((what) => what !== "sensor");
    const manifests: Manifest[] = [
      ...(await this.#startNumberedCounters(signal)),
      ...(isSensorWanted ? await this.#startSensor(signal) : []),
      ...(folders.length > 0 ? await this.#startExamples(folders, signal) : []),
    ];
    if (!options.without.includes("counter-mapper")) {
      await this.#startMapper(counterMapper, { port }, signal);
    }
    if (manifests.length > 0) await applyAll(kubeconfig, manifests, signal);
  }

  async stop(): Promise<void> {
    for (const component of this.#running.splice(0).reverse()) await component.stop();
  }

  async #run(component: Component, signal: AbortSignal): Promise<void> {
    this.#running.push(component);
    await component.start(signal);
    component.failed?.catch((error: unknown) => this.#fail(error));
  }

  async #startMapper(
    mapper: Mapper,
    config: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const { openLink, broker, options, around } = this.#given;
    const link = openLink();
    const log = around.log.child({ component: `mapper-${mapper.name}` });
    this.#mappers.add(mapper.name);
    const run = (stop: AbortSignal) =>
      mapper.run({ ...around, link, node: options.node, config, signal: stop, log });
    await this.#run(new RunningMapper(`mapper ${mapper.name}`, run), signal);
    const address = link === broker ? broker : "in process";
    this.#parts.push({ name: `${mapper.name} mapper`, address, note: "in this process" });
  }

  async #startCounter(signal: AbortSignal): Promise<number> {
    const asked = this.#given.options.ports.counter;
    const counter = createCounter(
      {
        host: "127.0.0.1",
        port: asked,
        whenPortTaken: "next",
        stateFile: join(this.#given.data, "counter.json"),
      },
      this.#given.around,
    );
    await this.#run(counter, signal);
    this.#parts.push({
      name: "virtual counter",
      address: `tcp://127.0.0.1:${counter.port}`,
      note: "understands ON, OFF, VALUE?",
      ...movedFrom(asked, counter.port),
    });
    return counter.port;
  }

  async #startNumberedCounters(signal: AbortSignal): Promise<Manifest[]> {
    const { options, data, around } = this.#given;
    const devices: Manifest[] = [];
    for (let number = 1; number <= options.devices; number += 1) {
      const stateFile = join(data, `counter-${number}.json`);
      const counter = createCounter(
        { host: "127.0.0.1", port: 0, whenPortTaken: "next", stateFile },
        around,
      );
      await this.#run(counter, signal);
      devices.push(numberedCounter(number, options.node, counter.port));
    }
    if (devices.length > 0) {
      const address = `${devices.length} sockets`;
      this.#parts.push({ name: "more counters", address, note: "counter-001 …" });
    }
    return devices.length > 0 ? [counterModel, ...devices] : [];
  }

  async #startExamples(folders: readonly string[], signal: AbortSignal): Promise<Manifest[]> {
    const { ExampleDevices } = await import("./example-devices.ts");
    const examples = new ExampleDevices(folders, this.#given.around);
    await this.#run(examples, signal);
    this.#parts.push(...examples.parts());
    for (const mapper of await examples.mappers()) {
      if (!this.#mappers.has(mapper.name)) await this.#startMapper(mapper, {}, signal);
    }
    return examples.toApply(this.#given.options.node);
  }

  async #startSensor(signal: AbortSignal): Promise<Manifest[]> {
    const { createSensor } = await import("@mapperkit/sim-sensor");
    const { sensorMapper } = await import("@mapperkit/mapper-sensor");
    const asked = this.#given.options.ports.sensor;
    const sensor = createSensor(
      { host: "127.0.0.1", port: asked, whenPortTaken: "next" },
      this.#given.around,
    );
    await this.#run(sensor, signal);
    this.#parts.push({
      name: "virtual sensor",
      address: `tcp://127.0.0.1:${sensor.port}`,
      note: "temperature and humidity",
      ...movedFrom(asked, sensor.port),
    });
    await this.#startMapper(sensorMapper, {}, signal);
    return [sensorModel, sensorDevice(this.#given.options.node, sensor.port)];
  }
}
