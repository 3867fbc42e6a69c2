import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type MsgTwin, parseDevice, parseDeviceModel } from "@mapperkit/api";
import { createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { MemoryTwinLink } from "@mapperkit/sdk";
import { opcuaMapper } from "../opcua-mapper.ts";

const API = "devices.kubeedge.io/v1beta1";
/** Twice the longest pause between two attempts to connect. */
const PATIENCE_MS = 60_000;

/** One property: its type, whether it can be written, and its visitor's configData. */
export interface TestProperty {
  readonly type: string;
  readonly accessMode?: "ReadWrite";
  readonly configData: Readonly<Record<string, unknown>>;
}

/** The nodes of the simulated pump. */
export const pumpProperties: Readonly<Record<string, TestProperty>> = {
  speed: { type: "FLOAT", configData: { nodeId: at("Speed") } },
  setpoint: {
    ...{ type: "DOUBLE", accessMode: "ReadWrite" },
    configData: { nodeId: at("SpeedSetpoint") },
  },
  enabled: {
    ...{ type: "BOOLEAN", accessMode: "ReadWrite" },
    configData: { nodeId: at("Enabled") },
  },
  serial: { type: "STRING", configData: { nodeId: at("SerialNumber") } },
  delivered: { type: "INT", configData: { nodeId: at("Delivered") } },
};

function at(id: string): string {
  return `nsu=urn:mapperkit:pump;s=Pump.${id}`;
}

/** A folder for certificates that goes with the test. */
export function pkiFolder(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "opcua-pki-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The mapper at work on an edge in memory, for as long as a test takes. */
export function runMapper(t: TestContext) {
  const link = new MemoryTwinLink();
  const stop = new AbortController();
  const clock = new RealClock();
  const log = new MemoryLog();
  const ports = { clock, random: createRandom(1), log };
  const running = opcuaMapper.run({ link, signal: stop.signal, ...ports });
  t.after(async () => {
    stop.abort();
    await running;
  });
  return {
    link,
    log,
    announce: (name: string, config: object, properties: Readonly<Record<string, TestProperty>>) =>
      link.announce(announcement(name, config, properties)),
    /** Waits until a property has this reported value. */
    async reported(name: string, property: string, isIt: (twin: MsgTwin) => boolean) {
      const end = clock.now() + PATIENCE_MS;
      for (;;) {
        const twin = link.twin(`default/${name}`, property);
        if (twin && isIt(twin)) return twin;
        if (clock.now() > end) throw new Error(`${name} ${property}: ${told(twin, log)}`);
        await clock.sleep(5);
      }
    },
  };
}

function told(twin: MsgTwin | undefined, { entries }: MemoryLog): string {
  const said = entries.filter(({ level }) => level === "warn" || level === "error").slice(-5);
  return JSON.stringify({ twin, said });
}

/** Waits until something is so. @throws Error that says what was not */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const clock = new RealClock();
  const end = clock.now() + PATIENCE_MS;
  while (!isSo()) {
    if (clock.now() > end) throw new Error(`in vain: ${what}`);
    await clock.sleep(5);
  }
}

export function qualityIs(quality: string, reason?: string): (twin: MsgTwin) => boolean {
  return ({ actual }) => {
    const told = actual?.metadata as { quality?: string; reason?: string } | undefined;
    return told?.quality === quality && (reason === undefined || told.reason === reason);
  };
}

export function valueIs(value: string): (twin: MsgTwin) => boolean {
  return (twin) => twin.actual?.value === value;
}

function announcement(
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
        protocol: { protocolName: "opcua", configData: config },
        properties: entries.map(([property, { configData }]) => ({
          name: property,
          collectCycle: 50,
          visitors: { protocolName: "opcua", configData },
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
