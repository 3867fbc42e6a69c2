import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { FaultKind } from "../faults/sim-fault.ts";
import { BusClient, type BusConnection, type BusUnit } from "./bus-client.ts";
import type { BusDoor } from "./bus-door.ts";
import type { Spoiling, WireProtocol } from "./wire-protocol.ts";

export interface PlantBusParts {
  readonly wire: WireProtocol;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A device on a bus that has no unit numbers. */
export const ONLY_UNIT = 0;
const USUAL_SPOILINGS: readonly Spoiling[] = ["badCrc", "wrongUnit"];

/**
 * One line into a plant, with one device on it or several. Answers leave in the order of the
 * requests of a connection, as slowly and as badly as the faults of the unit will have it.
 */
export class PlantBus {
  readonly #parts: PlantBusParts;
  readonly #units = new Map<number, BusUnit>();
  readonly #clients = new Set<BusClient>();
  readonly #doors = new Set<BusDoor>();
  #closedDoors = 0;

  constructor(parts: PlantBusParts) {
    this.#parts = parts;
  }

  get connectionCount(): number {
    return this.#clients.size;
  }

  /** The door that was opened first; most buses have but one. */
  get door(): BusDoor | undefined {
    const [first] = this.#doors;
    return first;
  }

  /** Whether faults of this kind can happen to a device of this protocol, reached by these doors. */
  canSuffer(kind: FaultKind): boolean {
    const { spoil, spoils = USUAL_SPOILINGS } = this.#parts.wire;
    const doors = [...this.#doors];
    switch (kind) {
      case "badCrc":
      case "wrongUnit":
      case "wrongTransaction":
        return spoil !== undefined && spoils.includes(kind);
      case "halfOpen":
        return doors.some((door) => door.hasConnections);
      case "refused":
        return doors.some((door) => door.refuse !== undefined);
      case "deletedSubscription":
      case "expiredCertificate":
        return false;
      default:
        return true;
    }
  }

  /** A door that was opened to this bus. */
  attach(door: BusDoor): void {
    this.#doors.add(door);
  }

  /**
   * @throws MapperkitError `conflict` when the unit's number is taken; `invalid_input` when the
   *   device has properties for which the protocol has no place
   */
  join(unit: number, device: BusUnit): () => void {
    if (this.#units.has(unit)) {
      throw new MapperkitError("conflict", `unit ${unit} is on this bus already`);
    }
    this.#parts.wire.joined?.(unit, device.properties);
    this.#units.set(unit, device);
    return () => this.#units.delete(unit);
  }

  /** Takes a new connection; the result hears its bytes, and undefined is a door that is shut. */
  connected(connection: BusConnection): BusClient | undefined {
    if (this.#closedDoors > 0) {
      connection.close();
      return undefined;
    }
    const client = new BusClient({
      ...this.#parts,
      connection,
      unitOf: (request) => this.#units.get(request.unit ?? ONLY_UNIT),
      onGone: (gone) => this.#clients.delete(gone),
    });
    this.#clients.add(client);
    return client;
  }

  /** Drops all connections, and takes none until the result is called. */
  shut(): () => void {
    this.#closedDoors += 1;
    for (const client of this.#clients) client.drop();
    return once(() => {
      this.#closedDoors -= 1;
    });
  }

  /** Nobody listens any more, until the result is called. */
  refuse(): () => void {
    const openings = [...this.#doors].map((door) => door.refuse?.());
    return once(() => {
      for (const open of openings) open?.();
    });
  }

  /** All connections of this moment are dead, and their clients are not told. */
  deafen(): void {
    for (const client of this.#clients) client.isDeaf = true;
  }
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
