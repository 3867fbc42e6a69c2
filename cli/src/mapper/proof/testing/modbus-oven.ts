import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ModelDefinition, toDeviceModel } from "@mapperkit/api";
import { catalogue, type ModbusBus, serveBus } from "@mapperkit/sim-modbus";
import { runCli } from "../../../cli.ts";
import { ModbusTap } from "./modbus-tap.ts";

const mapper = resolve(import.meta.dirname, "../../../../../mappers/modbus/src/main.ts");

/** The Modbus oven on a real socket, as if it were hardware, with a tap on its line. */
export class HardwareOven implements AsyncDisposable {
  readonly bus: ModbusBus;
  readonly tap: ModbusTap;
  readonly #folder = mkdtempSync(join(tmpdir(), "hardware-"));
  readonly #manifests: string;

  private constructor(bus: ModbusBus, tap: ModbusTap) {
    this.bus = bus;
    this.tap = tap;
    this.#manifests = join(this.#folder, "oven.yaml");
    const model = toDeviceModel(catalogue.oven.model as ModelDefinition);
    const texts = [model, deviceAt(tap.port)].map((object) => JSON.stringify(object));
    writeFileSync(this.#manifests, texts.join("\n---\n"));
  }

  static async serve(): Promise<HardwareOven> {
    const devices = [{ unit: 1, simulator: catalogue.oven }];
    const bus = await serveBus({ devices, ticks: false });
    return new HardwareOven(bus, await ModbusTap.before(bus.port));
  }

  /** Runs `mapper conform` on it. */
  async conform(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const said: string[] = [];
    const complained: string[] = [];
    const streams = {
      out: (text: string) => void said.push(text),
      err: (text: string) => void complained.push(text),
    };
    const target = ["--target", "hw", "-f", this.#manifests, "-o", "json"];
    const code = await runCli(["mapper", "conform", mapper, ...target, ...args], streams);
    return { code, out: said.join("\n"), err: complained.join("\n") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bus[Symbol.asyncDispose]();
    await this.tap[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}

function deviceAt(port: number) {
  const names = Object.keys((catalogue.oven.model as ModelDefinition).properties);
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "oven", namespace: "default" },
    spec: {
      deviceModelRef: { name: "modbus-oven" },
      protocol: {
        protocolName: "modbus",
        configData: { host: "127.0.0.1", port, unitId: 1 },
      },
      properties: names.map((name) => ({ name, collectCycle: 250, reportCycle: 250 })),
    },
  };
}
