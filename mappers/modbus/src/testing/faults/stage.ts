import { defineModel, input, type MsgTwin, toDeviceModel } from "@mapperkit/api";
import { createRandom, MemoryTransports, silentLog, VirtualClock } from "@mapperkit/runtime";
import { defineMapper, MemoryTwinLink } from "@mapperkit/sdk";
import type { ModbusBus, serveBus } from "@mapperkit/sim-modbus";
import type { defineSimulator, Plant } from "@mapperkit/sim-plant";
import { BusBook } from "../../bus-book.ts";
import { modbusDriver } from "../../modbus-driver.ts";
import type { WireName } from "./fault-table.ts";

export const CYCLE_MS = 100;
export const TIMEOUT_MS = 100;
const LATE_MS = 100;
const STOP_MS = 10_000;
const START_MS = 1_700_000_000_000;
/** The age of the plant in tenths of a second: a value that says when it was read. */
export const AGE_MS = 100;
const PLACE = { host: "plant", port: 1 };
const LINE = { baudRate: 19_200, parity: "none", stopBits: 1 } as const;

const clockModel = defineModel("clock", { age: input(0, "uint32") });

/** What tests take from the simulators, of which this package has no need but for tests. */
export interface SimulatorKit {
  readonly serveBus: typeof serveBus;
  readonly defineSimulator: typeof defineSimulator;
}

/** A report of a device's age, with the moment at which it reached the edge. */
export interface AgeReport {
  readonly device: string;
  readonly atMs: number;
  readonly twin: MsgTwin;
}

/**
 * Two units on one bus, which tell how old they are, and the mapper that reads them: all in virtual
 * time, so that rates and times are exact and the same in each run.
 */
export class Stage implements AsyncDisposable {
  readonly clock: VirtualClock;
  /** When the plants were new. */
  readonly startMs = START_MS;
  readonly link = new MemoryTwinLink();
  readonly reports: AgeReport[] = [];
  readonly #bus: ModbusBus;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  static async open(wire: WireName, kit: SimulatorKit): Promise<Stage> {
    const transports = new MemoryTransports();
    const clock = new VirtualClock(START_MS);
    const simulator = kit.defineSimulator(clockModel, {
      state: () => ({}),
      read: { age: () => Math.floor((clock.now() - START_MS) / AGE_MS) },
    });
    const bus = await kit.serveBus({
      devices: [1, 2].map((unit) => ({ unit, simulator })),
      framing: wire === "tcp" ? "tcp" : "rtu",
      place: { transports, ...PLACE, ...(wire === "rtu" && { line: LINE }) },
      clock,
    });
    return new Stage(wire, bus, { transports, clock });
  }

  private constructor(
    wire: WireName,
    bus: ModbusBus,
    { transports, clock }: { transports: MemoryTransports; clock: VirtualClock },
  ) {
    this.clock = clock;
    this.#bus = bus;
    const mapper = defineMapper(modbusDriver(new BusBook(clock), () => transports.tcp(PLACE)));
    const ports = { clock, transports, random: createRandom(1), log: silentLog };
    const report = this.link.report.bind(this.link);
    this.link.report = async (id, twin) => {
      const { age } = twin;
      if (age) this.reports.push({ device: id, atMs: clock.now(), twin: age });
      return await report(id, twin);
    };
    this.#running = mapper.run({ link: this.link, signal: this.#stop.signal, ...ports });
    for (const unitId of [1, 2]) this.#announce(wire, unitId);
  }

  get healthy(): Plant {
    return this.#bus.plant(1);
  }

  get sick(): Plant {
    return this.#bus.plant(2);
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

  /** How often the healthy unit is read in so long. */
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
    await this.#bus[Symbol.asyncDispose]();
  }

  #announce(wire: WireName, unitId: number): void {
    const name = `unit-${unitId}`;
    const where = wire === "rtu" ? { serialPort: "line", ...LINE } : { transport: wire, ...PLACE };
    const configData = { ...where, unitId, timeoutMs: TIMEOUT_MS, lateAnswerMs: LATE_MS };
    const model = toDeviceModel(clockModel, { protocol: "modbus" });
    const [property] = model.spec?.properties ?? [];
    this.link.announce({
      ...{ version: 1, generation: 1, model },
      device: {
        ...{
          apiVersion: model.apiVersion,
          kind: "Device",
          metadata: { name, namespace: "default" },
        },
        spec: {
          deviceModelRef: { name: "clock" },
          protocol: { protocolName: "modbus", configData },
          properties: [
            {
              name: "age",
              collectCycle: CYCLE_MS,
              ...(property?.visitors && { visitors: property.visitors }),
            },
          ],
        },
      },
    });
  }
}
