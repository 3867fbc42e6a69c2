import type { Endpoint } from "../endpoint/endpoint.ts";
import type { DeviceState } from "../twin-link/twin-link.ts";

/** The units that a device lives on, and whether they answer. */
export class UnitWatch {
  readonly #changed: (unit: string, error: unknown) => void;
  readonly #watches = new Map<string, () => void>();
  #names: ReadonlySet<string> = new Set();
  #endpoint: Endpoint | undefined;

  constructor(changed: (unit: string, error: unknown) => void) {
    this.#changed = changed;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Online when one unit is, offline when none is any more; undefined until that is known. */
  get state(): DeviceState | undefined {
    const states = [...this.#names].map((name) => this.#endpoint?.unit(name).state);
    if (states.includes("online")) return "online";
    return states.includes(undefined) ? undefined : "offline";
  }

  /** Some units answer, some do not. */
  get isDegraded(): boolean {
    const states = [...this.#names].map((name) => this.#endpoint?.unit(name).state);
    return states.includes("online") && states.includes("offline");
  }

  name(units: Iterable<string>): void {
    this.#names = new Set(units);
  }

  /** Watches these units of the endpoint, and no others any more. */
  follow(units: Iterable<string>, endpoint: Endpoint | undefined): void {
    for (const unwatch of this.#watches.values()) unwatch();
    this.#watches.clear();
    this.#endpoint = endpoint;
    for (const unit of endpoint ? units : []) {
      const changed = (error: unknown) => this.#changed(unit, error);
      this.#watches.set(unit, endpoint?.unit(unit).watch(changed) ?? (() => undefined));
    }
  }
}
