import { createHash, type Hash } from "node:crypto";
import { type DeviceAnnouncement, type DeviceModel, MapperkitError } from "@mapperkit/api";
import type { VirtualClock } from "@mapperkit/runtime";
import { type Block, defineMapper, type Mapper } from "@mapperkit/sdk";
import { z } from "zod";

export interface PlantShape {
  readonly devices: number;
  /** Devices that share a bus. */
  readonly perBus: number;
  readonly propertiesPerDevice: number;
  readonly collectCycleMs: number;
  readonly reportCycleMs: number;
  /** How long a request takes. */
  readonly latencyMs: number;
  readonly silentUnit?: number;
}

/** Buses of register devices in memory. All that happens on them goes into one hash. */
export class RegisterPlant {
  readonly #clock: VirtualClock;
  readonly #shape: PlantShape;
  readonly #hash: Hash = createHash("sha256");
  readonly #readsByUnit = new Map<number, number>();

  constructor(clock: VirtualClock, shape: PlantShape) {
    this.#clock = clock;
    this.#shape = shape;
  }

  get requests(): number {
    return [...this.#readsByUnit.values()].reduce((sum, count) => sum + count, 0);
  }

  readsOf(unit: number): number {
    return this.#readsByUnit.get(unit) ?? 0;
  }

  note(what: string): void {
    this.#hash.update(`${this.#clock.now()} ${what}\n`);
  }

  transcriptHash(): string {
    return this.#hash.digest("hex");
  }

  /** A register is a slow wave: it moves by one about every quarter of an hour. */
  async read({ unit, start, length }: Block, signal: AbortSignal): Promise<Uint8Array> {
    const now = this.#clock.now();
    this.#hash.update(`${now} read ${unit} ${start} ${length}\n`);
    this.#readsByUnit.set(unit, this.readsOf(unit) + 1);
    const { latencyMs, silentUnit } = this.#shape;
    if (unit === silentUnit) {
      await this.#clock.sleep(1000, signal);
      throw new MapperkitError("timed_out", "no answer");
    }
    if (latencyMs > 0) await this.#clock.sleep(latencyMs, signal);
    const bytes = new Uint8Array(length * 2);
    for (let i = 0; i < length; i++) {
      const value = Math.floor((now / 60_000 + (start + i) * 7 + unit * 3) / 15) & 0x7fff;
      bytes[2 * i] = value >> 8;
      bytes[2 * i + 1] = value & 0xff;
    }
    return bytes;
  }

  mapper(): Mapper {
    const { perBus } = this.#shape;
    return defineMapper({
      protocol: "plant",
      config: z.object({ unit: z.number() }),
      visitor: z.object({ address: z.number() }),
      endpoint: ({ unit }) => `bus ${Math.floor(unit / perBus)}`,
      connect: async () => this,
      address: ({ address }, _, { unit }) => ({ unit, space: "holdingRegister", start: address }),
      limits: () => ({ maxBlock: { holdingRegister: 125 }, maxGap: 4 }),
      readBlock: (plant, block, signal) => plant.read(block, signal),
    });
  }

  announcements(): DeviceAnnouncement[] {
    return Array.from({ length: this.#shape.devices }, (_, unit) => this.#announcement(unit));
  }

  #announcement(unit: number): DeviceAnnouncement {
    const { propertiesPerDevice, collectCycleMs, reportCycleMs } = this.#shape;
    const names = Array.from({ length: propertiesPerDevice }, (_, i) => `p${i}`);
    const apiVersion = "devices.kubeedge.io/v1beta1" as const;
    const model: DeviceModel = {
      apiVersion,
      kind: "DeviceModel",
      metadata: { namespace: "default", name: "plant-model" },
      spec: {
        properties: names.map((name) => ({ name, type: "DOUBLE", accessMode: "ReadOnly" })),
      },
    };
    const properties = names.map((name, i) => ({
      name,
      collectCycle: collectCycleMs,
      reportCycle: reportCycleMs,
      visitors: { configData: { address: i, dataType: "int16", scale: 0.1 } },
    }));
    const device: DeviceAnnouncement["device"] = {
      apiVersion,
      kind: "Device",
      metadata: { namespace: "default", name: `unit-${unit}`, uid: `${unit}` },
      spec: {
        deviceModelRef: { name: "plant-model" },
        protocol: { protocolName: "plant", configData: { unit } },
        properties,
      },
    };
    return { version: 1, generation: 1, device, model };
  }
}
