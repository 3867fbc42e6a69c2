import type { InjectedFault } from "../faults/fault-book.ts";
import type { SimFault } from "../faults/sim-fault.ts";
import type { PlantBus } from "../wire/plant-bus.ts";
import type { SimProperty } from "./sim-model.ts";
import type { SimWrite } from "./sim-unit.ts";

/** A running simulated device. */
export interface Plant extends AsyncDisposable {
  /** Empty where there is none, as on a serial line. */
  readonly host: string;
  /** 0 where there is none. */
  readonly port: number;
  /** `tcp://host:port`, `memory://host:port`, or the path of a serial port. */
  readonly url: string;
  /** What clients wrote and the device took, in order. */
  readonly writes: readonly SimWrite[];
  /** The bus that it is on, for further devices of other units. */
  readonly bus: PlantBus;
  readonly properties: readonly SimProperty[];
  /** How often clients were shown a property. */
  readCount(property: string): number;
  /** Makes the device suffer; the result undoes it. @throws MapperkitError `invalid_input`, `unsupported` */
  inject(fault: SimFault): () => void;
  /** What it suffers, or will. */
  faults(): readonly InjectedFault[];
  /** The true value. @throws MapperkitError `not_found` */
  get(property: string): unknown;
  /** Turns the true value by hand. @throws MapperkitError `not_found`, `unsupported` */
  set(property: string, value: unknown): void;
}
