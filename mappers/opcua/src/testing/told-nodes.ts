import { createRandom, MemoryLog, MemoryTransports, RealClock } from "@mapperkit/runtime";
import type { SubscribeOp } from "@mapperkit/sdk";
import { opcuaConfig } from "../config/opcua-config.ts";
import { type OpcuaVisitor, opcuaVisitor } from "../config/opcua-visitor.ts";
import { opcuaDriver } from "../opcua-driver.ts";
import { until } from "./running-mapper.ts";

/** What a driver tells of its subscriptions, one after the other, with nothing between it and the test. */
export class ToldNodes implements AsyncDisposable {
  readonly log = new MemoryLog();
  readonly #stop = new AbortController();
  readonly #told = new Map<string, unknown[]>();
  #end: () => Promise<void> = async () => undefined;

  /** Subscribes to nodes, by the name of a property. */
  static async open(
    config: Readonly<Record<string, unknown>>,
    visitors: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<ToldNodes> {
    const nodes = new ToldNodes();
    await nodes.#subscribe(config, visitors);
    return nodes;
  }

  /** The values of a property, in order; qualities that are not Good by their reason. */
  of(property: string): readonly unknown[] {
    return this.#told.get(property) ?? [];
  }

  async untilTold(property: string, value: unknown): Promise<void> {
    await until(`${property} is ${value}`, () => this.of(property).at(-1) === value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#end();
  }

  async #subscribe(
    config: Readonly<Record<string, unknown>>,
    visitors: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<void> {
    const { signal } = this.#stop;
    const session = await opcuaDriver.connect({
      config: opcuaConfig.parse(config),
      device: { name: "told", namespace: "default", node: "edge" },
      ...{ clock: new RealClock(), random: createRandom(1), transports: new MemoryTransports() },
      ...{ log: this.log, signal, lost: () => undefined },
    });
    this.#end = async () => await opcuaDriver.close?.(session);
    const ops = Object.entries(visitors).map(([property, given]): SubscribeOp<OpcuaVisitor> => {
      const visitor = opcuaVisitor.parse(given);
      return { property, type: "DOUBLE", visitor, samplingMs: 50 };
    });
    const emit = (property: string, told: unknown) => {
      const { value, reason } = told as { value?: unknown; reason?: string };
      this.#told.set(property, [...this.of(property), value ?? reason]);
    };
    await opcuaDriver.subscribe?.(session, ops, emit, signal);
  }
}
