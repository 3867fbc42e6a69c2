import { MapperkitError } from "@mapperkit/api";
import type { SimFault } from "../faults/sim-fault.ts";
import type { Plant } from "../simulated/plant.ts";

/** A fault as it is listed. */
export interface ListedFault {
  readonly id: number;
  /** The device's id, `namespace/name`. */
  readonly device: string;
  readonly fault: SimFault;
  /** False while its time is still to come. */
  readonly isThere: boolean;
}

/** Who asks for a fault says which device, by name or by `namespace/name`. */
export interface WantedFault {
  readonly device: string;
  readonly fault: SimFault;
}

/** Lists, makes and ends the faults of many devices, each under a number. */
export class FaultDesk {
  readonly #plants: ReadonlyMap<string, Plant>;
  readonly #numbers = new WeakMap<SimFault, number>();
  #last = 0;

  constructor(plants: ReadonlyMap<string, Plant>) {
    this.#plants = plants;
  }

  get devices(): readonly string[] {
    return [...this.#plants.keys()];
  }

  /** @throws MapperkitError `not_found`, or `unsupported` for a fault that this device cannot have */
  inject({ device, fault }: WantedFault): ListedFault {
    const id = this.idOf(device);
    // A fault of its own, so that the same one may be injected twice.
    const own = { ...fault };
    this.plant(id).inject(own);
    return (
      this.list().find((listed) => listed.fault === own) ?? {
        id: 0,
        device: id,
        fault,
        isThere: false,
      }
    );
  }

  list(): ListedFault[] {
    return [...this.#plants].flatMap(([device, plant]) =>
      plant.faults().map(({ fault, isThere }) => ({
        id: this.#numberOf(fault),
        ...{ device, fault, isThere },
      })),
    );
  }

  /** @throws MapperkitError `not_found` when it has ended already, or never was */
  undo(id: number): void {
    for (const plant of this.#plants.values()) {
      const found = plant.faults().find(({ fault }) => this.#numberOf(fault) === id);
      if (!found) continue;
      found.undo();
      return;
    }
    throw new MapperkitError("not_found", `there is no fault ${id}`);
  }

  /** @throws MapperkitError `not_found` naming the devices that there are */
  idOf(device: string): string {
    const id = this.devices.find((known) => known === device || known.endsWith(`/${device}`));
    if (id !== undefined) return id;
    const some = this.devices.slice(0, 10).join(", ");
    throw new MapperkitError("not_found", `no device ${device} is simulated; there is: ${some}`);
  }

  plant(device: string): Plant {
    const plant = this.#plants.get(this.idOf(device));
    if (plant) return plant;
    throw new MapperkitError("not_found", `no device ${device} is simulated`);
  }

  #numberOf(fault: SimFault): number {
    const number = this.#numbers.get(fault) ?? ++this.#last;
    this.#numbers.set(fault, number);
    return number;
  }
}
