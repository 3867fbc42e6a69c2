import type { TestContext } from "node:test";
import { type MsgTwin, parseDevice, parseDeviceModel } from "@mapperkit/api";
import { createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { MemoryTwinLink } from "@mapperkit/sdk";
import { serialMapper } from "../serial-mapper.ts";

const API = "devices.kubeedge.io/v1beta1";

/** One property: its type, whether it can be written, and its visitor's configData. */
export interface TestProperty {
  readonly type: string;
  readonly accessMode?: "ReadWrite";
  readonly configData: Readonly<Record<string, unknown>>;
  /** Default 20 ms. */
  readonly collectCycle?: number;
}

/** The mapper at work on an edge in memory, for as long as a test takes. */
export function runMapper(t: TestContext) {
  const link = new MemoryTwinLink();
  const stop = new AbortController();
  const clock = new RealClock();
  const log = new MemoryLog();
  const ports = { clock, random: createRandom(1), log };
  const running = serialMapper.run({ link, signal: stop.signal, ...ports });
  t.after(async () => {
    stop.abort();
    await running;
  });
  return {
    link,
    log,
    announce: (name: string, config: object, properties: Readonly<Record<string, TestProperty>>) =>
      link.announce(announcement(name, config, properties)),
    /** Waits for something that no report tells. */
    async until(isIt: () => boolean): Promise<void> {
      const end = clock.now() + 20_000;
      while (!isIt()) {
        if (clock.now() > end) throw new Error(`waited in vain: ${isIt}`);
        await clock.sleep(5);
      }
    },
    /** Waits until a property has this reported value. */
    async reported(name: string, property: string, isIt: (twin: MsgTwin) => boolean) {
      const end = clock.now() + 10_000;
      for (;;) {
        const twin = link.twin(`default/${name}`, property);
        if (twin && isIt(twin)) return twin;
        if (clock.now() > end) throw new Error(`${name} ${property}: ${JSON.stringify(twin)}`);
        await clock.sleep(5);
      }
    },
  };
}

export function valueIs(value: string): (twin: MsgTwin) => boolean {
  return (twin) => twin.actual?.value === value;
}

export function announcement(
  name: string,
  config: object,
  properties: Readonly<Record<string, TestProperty>>,
) {
  const entries = Object.entries(properties);
  return {
    version: 1 as const,
    generation: 1,
    device: parseDevice({
      ...{ apiVersion: API, kind: "Device", metadata: { name, namespace: "default" } },
      spec: {
        deviceModelRef: { name },
        protocol: { protocolName: "serial", configData: config },
        properties: entries.map(([property, { configData, collectCycle = 20 }]) => ({
          name: property,
          collectCycle,
          visitors: { protocolName: "serial", configData },
        })),
      },
    }),
    model: parseDeviceModel({
      ...{ apiVersion: API, kind: "DeviceModel", metadata: { name, namespace: "default" } },
      spec: {
        properties: entries.map(([property, { type, accessMode = "ReadOnly" }]) => ({
          ...{ name: property, type, accessMode },
        })),
      },
    }),
  };
}
