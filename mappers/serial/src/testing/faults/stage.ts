import { defineModel, input, type MsgTwin, toDeviceModel } from "@mapperkit/api";
import { createRandom, MemoryTransports, silentLog, VirtualClock } from "@mapperkit/runtime";
import { MemoryTwinLink } from "@mapperkit/sdk";
import type { defineSimulator, Plant } from "@mapperkit/sim-plant";
import type { describedDevice, SerialWire } from "@mapperkit/sim-serial";
import { serialMapper } from "../../serial-mapper.ts";
import { announcement } from "../running-mapper.ts";
import type { DialectName } from "./fault-table.ts";

/** A turn of the announced devices, ms. */
export const CYCLE_MS = 100;
export const TIMEOUT_MS = 100;
const LATE_MS = 100;
const STOP_MS = 10_000;
const START_MS = 1_700_000_000_000;
const PORT = 4001;
/** The age of the plant in tenths of a second: a value that says when it was read. */
export const AGE_MS = 100;

const clockModel = defineModel("clock", { age: input(0, "uint32") });

const COMMON = { timeoutMs: TIMEOUT_MS, lateAnswerMs: LATE_MS };
/** How the devices of a line speak, and how one is asked for its age. */
const DIALECTS: Readonly<Record<DialectName, { config: object; visitor: object }>> = {
  lines: {
    config: { ...COMMON, refusal: "^(error .*|busy|sensor fault)$" },
    visitor: { query: "#{address} AGE?", pattern: "^AGE=(\\d+)$" },
  },
  frames: {
    config: {
      ...{ ...COMMON, framing: "frame", header: "AA 55", addressAt: 2, lengthAt: 3 },
      ...{ lengthAdds: 0, checksum: "crc16-modbus", checksumFrom: 2 },
    },
    visitor: {
      ...{ query: "AA 55 {address} {length} 01", at: 5, dataType: "uint32" },
      ...{ pattern: "^AA 55 .. .. 00", refusal: "^AA 55 .. .. 15 (..)" },
    },
  },
};

/** What tests take from the simulators, of which this package has no need but for tests. */
export interface SimulatorKit {
  readonly SerialWire: typeof SerialWire;
  readonly describedDevice: typeof describedDevice;
  readonly defineSimulator: typeof defineSimulator;
}

/** A report of a device's age, with the moment at which it reached the edge. */
export interface AgeReport {
  readonly device: string;
  readonly atMs: number;
  readonly twin: MsgTwin;
}

/**
 * Two devices on one line, which tell how old they are, and the mapper that reads them: all in
 * virtual time, so that rates and times are exact and the same in each run.
 */
export class Stage implements AsyncDisposable {
  readonly clock: VirtualClock;
  /** When the plants were new. */
  readonly startMs = START_MS;
  readonly link = new MemoryTwinLink();
  readonly reports: AgeReport[] = [];
  readonly healthy: Plant;
  readonly sick: Plant;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  static async open(dialect: DialectName, kit: SimulatorKit): Promise<Stage> {
    const transports = new MemoryTransports();
    const clock = new VirtualClock(START_MS);
    const simulator = kit.defineSimulator(clockModel, {
      state: () => ({}),
      read: { age: () => Math.floor((clock.now() - START_MS) / AGE_MS) },
    });
    const { config, visitor } = DIALECTS[dialect];
    const model = toDeviceModel(clockModel, { protocol: "serial" });
    const visitors = new Map([["age", { ...visitor }]]);
    const wire = new kit.SerialWire();
    for (const address of [1, 2]) {
      const configData = { ...config, address };
      wire.add(kit.describedDevice(address, { configData, model, visitors }));
    }
    const own = { clock, ticks: false };
    const memory = { ...own, over: "memory", transports, port: PORT, unit: 1 } as const;
    const healthy = await simulator.serve({ ...memory, seed: 1, wire: () => wire });
    const sick = await simulator.serve({ ...own, over: healthy.bus, unit: 2, seed: 2 });
    return new Stage(dialect, [healthy, sick], { transports, clock });
  }

  private constructor(
    dialect: DialectName,
    [healthy, sick]: readonly [Plant, Plant],
    { transports, clock }: { transports: MemoryTransports; clock: VirtualClock },
  ) {
    this.clock = clock;
    this.healthy = healthy;
    this.sick = sick;
    const ports = { clock, transports, random: createRandom(1), log: silentLog };
    const report = this.link.report.bind(this.link);
    this.link.report = async (id, twin) => {
      const { age } = twin;
      if (age) this.reports.push({ device: id, atMs: clock.now(), twin: age });
      return await report(id, twin);
    };
    this.#running = serialMapper.run({ link: this.link, signal: this.#stop.signal, ...ports });
    const { config, visitor } = DIALECTS[dialect];
    for (const address of [1, 2]) {
      const place = { serialPort: `tcp://127.0.0.1:${PORT}`, address };
      const age = { type: "INT", collectCycle: CYCLE_MS, configData: { ...visitor } };
      this.link.announce(announcement(`unit-${address}`, { ...config, ...place }, { age }));
    }
  }

  get connections(): number {
    return this.sick.bus.connectionCount;
  }

  twin(unit: 1 | 2): MsgTwin | undefined {
    return this.link.twin(`default/unit-${unit}`, "age");
  }

  state(unit: 1 | 2) {
    return this.link.state(`default/unit-${unit}`);
  }

  isGood(unit: 1 | 2): boolean {
    return this.twin(unit)?.actual?.metadata?.quality === "Good" && this.state(unit) === "online";
  }

  /** How often the healthy device is read in so long. */
  async readsIn(ms: number): Promise<number> {
    const before = this.healthy.readCount("age");
    await this.clock.advance(ms);
    return this.healthy.readCount("age") - before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    // What the mapper still waits for is given up in so long.
    await this.clock.advance(STOP_MS);
    await this.#running;
    await this.sick[Symbol.asyncDispose]();
    await this.healthy[Symbol.asyncDispose]();
  }
}
