import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { FaultBook } from "../faults/fault-book.ts";
import type { Panel, WireProtocol, WireRequest } from "./wire-protocol.ts";

/** The far end of one connection, as the way that it came by gives it. */
export interface BusConnection {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What a device brings to a bus. */
export interface BusUnit {
  readonly panel: Panel;
  readonly faults: FaultBook;
}

export interface PlantBusParts {
  readonly wire: WireProtocol;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A device on a bus that has no unit numbers. */
export const ONLY_UNIT = 0;
const PIECE_GAP_MS = 1;

/**
 * One line into a plant, with one device on it or several. Answers leave in the order of the
 * requests of a connection, as slowly and as badly as the faults of the unit will have it.
 */
export class PlantBus {
  readonly #parts: PlantBusParts;
  readonly #units = new Map<number, BusUnit>();
  readonly #connections = new Set<BusConnection>();
  #closedDoors = 0;

  constructor(parts: PlantBusParts) {
    this.#parts = parts;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Whether its protocol knows wrong checks and wrong units. */
  get canSpoil(): boolean {
    return this.#parts.wire.spoil !== undefined;
  }

  /** @throws MapperkitError `conflict` when the unit's number is taken */
  join(unit: number, device: BusUnit): () => void {
    if (this.#units.has(unit)) {
      throw new MapperkitError("conflict", `unit ${unit} is on this bus already`);
    }
    this.#units.set(unit, device);
    return () => this.#units.delete(unit);
  }

  /** Takes a new connection; the result hears its bytes, and undefined is a door that is shut. */
  connected(
    connection: BusConnection,
  ): { heard(bytes: Uint8Array): void; closed(): void } | undefined {
    if (this.#closedDoors > 0) {
      connection.close();
      return undefined;
    }
    this.#connections.add(connection);
    const decode = this.#parts.wire.open();
    let turn = Promise.resolve();
    return {
      heard: (bytes) => {
        for (const request of decode(bytes)) {
          turn = turn
            .then(() => this.#answer(connection, request))
            .catch((error: unknown) => this.#parts.log.error("request failed", { error }));
        }
      },
      closed: () => this.#connections.delete(connection),
    };
  }

  /** Drops all connections, and takes none until the result is called. */
  shut(): () => void {
    this.#closedDoors += 1;
    for (const connection of this.#connections) this.#drop(connection);
    let isShut = true;
    return () => {
      if (isShut) this.#closedDoors -= 1;
      isShut = false;
    };
  }

  async #answer(connection: BusConnection, request: WireRequest): Promise<void> {
    const unit = this.#units.get(request.unit ?? ONLY_UNIT);
    // As on a wire: nobody answers for a unit that is not there.
    if (!unit || unit.faults.striking("silent")) return;
    if (unit.faults.striking("drop")) {
      this.#drop(connection);
      return;
    }
    await this.#hesitate(unit.faults);
    const answer = request.respond(unit.panel);
    if (answer && this.#connections.has(connection)) {
      await this.#send(connection, unit.faults, this.#spoilt(unit.faults, answer));
    }
  }

  async #hesitate(faults: FaultBook): Promise<void> {
    const latency = faults.striking("latency");
    if (!latency) return;
    const ms = this.#parts.random.normal(latency.ms, latency.jitter ?? 0);
    await this.#parts.clock.sleep(Math.max(0, ms));
  }

  #spoilt(faults: FaultBook, answer: Uint8Array): Uint8Array {
    let spoilt = answer;
    for (const how of ["badCrc", "wrongUnit"] as const) {
      if (faults.striking(how)) spoilt = this.#parts.wire.spoil?.(spoilt, how) ?? spoilt;
    }
    if (!faults.striking("truncate")) return spoilt;
    return spoilt.subarray(0, Math.floor(spoilt.length / 2));
  }

  async #send(connection: BusConnection, faults: FaultBook, answer: Uint8Array): Promise<void> {
    const size = Math.max(1, faults.striking("split")?.bytes ?? answer.length);
    for (let from = 0; from < answer.length; from += size) {
      if (from > 0) await this.#parts.clock.sleep(PIECE_GAP_MS);
      if (!this.#connections.has(connection)) return;
      connection.send(answer.subarray(from, from + size));
    }
  }

  #drop(connection: BusConnection): void {
    this.#connections.delete(connection);
    connection.close();
  }
}
