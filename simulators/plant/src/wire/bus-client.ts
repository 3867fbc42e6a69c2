import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { FaultBook } from "../faults/fault-book.ts";
import type { SimProperty } from "../simulated/sim-model.ts";
import type { Panel, Spoiling, WireProtocol, WireRequest } from "./wire-protocol.ts";

/** The far end of one connection, as the way that it came by gives it. */
export interface BusConnection {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What a device brings to a bus. */
export interface BusUnit {
  readonly panel: Panel;
  readonly properties: readonly SimProperty[];
  readonly faults: FaultBook;
}

export interface BusClientParts {
  readonly connection: BusConnection;
  readonly wire: WireProtocol;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly unitOf: (request: WireRequest) => BusUnit | undefined;
  readonly onGone: (client: BusClient) => void;
}

const PIECE_GAP_MS = 1;
const DEFAULT_NOISE = 3;
const SPOILINGS: readonly Spoiling[] = ["badCrc", "wrongUnit", "wrongTransaction"];

/** Answers the requests of one connection in their order, as badly as the units' faults will have it. */
export class BusClient {
  readonly #parts: BusClientParts;
  readonly #decode: (bytes: Uint8Array) => readonly WireRequest[];
  /** What is being answered; undefined when nothing is, as mostly. */
  #turn: Promise<void> | undefined;
  #isGone = false;
  /** A half-open connection hears nothing and says nothing for the rest of its life. */
  isDeaf = false;

  constructor(parts: BusClientParts) {
    this.#parts = parts;
    this.#decode = parts.wire.open(parts.clock);
  }

  heard(bytes: Uint8Array): void {
    if (this.isDeaf) return;
    for (const request of this.#decode(bytes)) this.#take(request);
  }

  closed(): void {
    this.#isGone = true;
    this.#parts.onGone(this);
  }

  drop(): void {
    this.closed();
    this.#parts.connection.close();
  }

  get #isUnheard(): boolean {
    return this.#isGone || this.isDeaf;
  }

  /** A unit without faults answers at once: a promise for each request is half of what it costs. */
  #take(request: WireRequest): void {
    const unit = this.#parts.unitOf(request);
    if (!this.#turn && (!unit || unit.faults.isEmpty)) {
      const answer = unit && request.respond(unit.panel);
      if (answer && !this.#isUnheard) this.#parts.connection.send(answer);
      return;
    }
    const turn = (this.#turn ?? Promise.resolve())
      .then(() => this.#answer(request))
      .catch((error: unknown) => this.#parts.log.error("request failed", { error }))
      .then(() => {
        if (this.#turn === turn) this.#turn = undefined;
      });
    this.#turn = turn;
  }

  async #answer(request: WireRequest): Promise<void> {
    const unit = this.#parts.unitOf(request);
    // As on a wire: nobody answers for a unit that is not there.
    if (!unit || unit.faults.striking("silent")) return;
    if (unit.faults.striking("drop")) {
      this.drop();
      return;
    }
    await this.#hesitate(unit.faults);
    const answer = request.respond(unit.panel);
    if (answer && !this.#isUnheard)
      await this.#send(unit.faults, this.#spoilt(unit.faults, answer));
  }

  async #hesitate(faults: FaultBook): Promise<void> {
    const latency = faults.striking("latency");
    if (!latency) return;
    const ms = this.#parts.random.normal(latency.ms, latency.jitter ?? 0);
    await this.#parts.clock.sleep(Math.max(0, ms));
  }

  #spoilt(faults: FaultBook, answer: Uint8Array): Uint8Array {
    let spoilt = answer;
    for (const how of SPOILINGS) {
      if (faults.striking(how)) spoilt = this.#parts.wire.spoil?.(spoilt, how) ?? spoilt;
    }
    if (faults.striking("truncate")) spoilt = spoilt.subarray(0, Math.floor(spoilt.length / 2));
    const garbage = faults.striking("garbage");
    if (!garbage) return spoilt;
    const noise = Uint8Array.from({ length: garbage.bytes ?? DEFAULT_NOISE }, () =>
      this.#parts.random.int(0, 255),
    );
    return Buffer.concat([noise, spoilt]);
  }

  async #send(faults: FaultBook, answer: Uint8Array): Promise<void> {
    const size = Math.max(1, faults.striking("split")?.bytes ?? answer.length);
    for (let from = 0; from < answer.length; from += size) {
      if (from > 0) await this.#parts.clock.sleep(PIECE_GAP_MS);
      if (this.#isUnheard) return;
      this.#parts.connection.send(answer.subarray(from, from + size));
    }
  }
}
