import type { Clock, Log, Random } from "@mapperkit/runtime";
import {
  type FaultBook,
  type FaultKind,
  type Panel,
  PlantBus,
  type SimProperty,
} from "@mapperkit/sim-plant";

/** What a device brings to the bus. */
export interface UaUnit {
  readonly panel: Panel;
  readonly faults: FaultBook;
  readonly properties: readonly SimProperty[];
}

/** What a server does when one of its devices suffers. */
export interface LinkControl {
  /** Ends all sessions and connections, and takes none until the result is called. */
  shut(): () => void;
  /** Nobody listens, until the result is called. */
  refuse(): () => void;
  /** Connections of this moment are dead, and nobody tells their clients. */
  deafen(): void;
}

const UNKNOWN: ReadonlySet<FaultKind> = new Set(["badCrc", "wrongUnit", "wrongTransaction"]);

/**
 * A bus of which no byte is made here: node-opcua's server speaks the protocol, this one knows the
 * devices behind it, and hands what befalls the link to whoever holds it.
 */
export class UaBus extends PlantBus {
  readonly units = new Map<number, UaUnit>();
  readonly #control: LinkControl;

  constructor(parts: { clock: Clock; random: Random; log: Log }, control: LinkControl) {
    super({ ...parts, wire: { open: () => () => [] } });
    this.#control = control;
  }

  override join(unit: number, device: UaUnit): () => void {
    const leave = super.join(unit, device);
    this.units.set(unit, device);
    return () => {
      this.units.delete(unit);
      leave();
    };
  }

  override canSuffer(kind: FaultKind): boolean {
    return !UNKNOWN.has(kind);
  }

  override shut(): () => void {
    return this.#control.shut();
  }

  override refuse(): () => void {
    return this.#control.refuse();
  }

  override deafen(): void {
    this.#control.deafen();
  }
}
