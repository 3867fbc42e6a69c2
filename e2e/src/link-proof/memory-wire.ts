import { Duplex } from "node:stream";
import type { Clock, Random } from "@mapperkit/runtime";

/** How a network treats its bytes. Changed while they are on their way. */
export interface Weather {
  /** Nothing arrives, and nobody hears that it does not. */
  isStalled: boolean;
  /** Each chunk takes up to so long, in order. */
  latencyMs: number;
  /** A chunk arrives in pieces of up to so many bytes; 0: as it was sent. */
  pieceBytes: number;
}

export const fairWeather: Readonly<Weather> = { isStalled: false, latencyMs: 0, pieceBytes: 0 };
const STALL_LOOK_MS = 50;

/** A TCP connection that never leaves the process. `near` dials, `far` accepts. */
export class MemoryWire {
  readonly near: WireEnd;
  readonly far: WireEnd;

  constructor(parts: {
    weather: Readonly<Weather>;
    clock: Clock;
    random: Random;
    /** Called before a chunk goes on; it may cut. */
    onChunk?: (direction: "up" | "down") => void;
  }) {
    const { onChunk } = parts;
    this.near = new WireEnd();
    this.far = new WireEnd();
    const up = { ...parts, to: this.far, onChunk: () => onChunk?.("up") };
    const down = { ...parts, to: this.near, onChunk: () => onChunk?.("down") };
    const [upward, downward] = [new Direction(up), new Direction(down)];
    this.near.connect(upward, downward);
    this.far.connect(downward, upward);
  }

  get isOpen(): boolean {
    return !this.near.destroyed && !this.far.destroyed;
  }

  /** A reset at both ends; what was under way is lost, but for `prefixBytes` of the oldest of it. */
  cut(prefixBytes = 0): void {
    for (const end of [this.near, this.far]) {
      end.receivePrefix(prefixBytes);
      end.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    }
  }
}

type Parcel = { readonly bytes: Buffer; readonly done: () => void } | "end";

/** Bytes one way, in order, as the weather lets them. */
class Direction {
  readonly #parts: {
    weather: Readonly<Weather>;
    clock: Clock;
    random: Random;
    to: WireEnd;
    onChunk: () => void;
  };
  readonly #parcels: Parcel[] = [];
  #isRunning = false;

  constructor(parts: {
    weather: Readonly<Weather>;
    clock: Clock;
    random: Random;
    to: WireEnd;
    onChunk: () => void;
  }) {
    this.#parts = parts;
  }

  get oldest(): Buffer | undefined {
    const [first] = this.#parcels;
    return first === "end" ? undefined : first?.bytes;
  }

  send(parcel: Parcel): void {
    this.#parcels.push(parcel);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { to } = this.#parts;
    while (this.#parcels[0]) {
      await this.#travel();
      const parcel = this.#parcels.shift();
      if (!parcel || to.destroyed) continue;
      if (parcel === "end") {
        to.destroy();
        continue;
      }
      this.#parts.onChunk();
      if (!to.destroyed) for (const piece of this.#pieces(parcel.bytes)) to.push(piece);
      parcel.done();
    }
    this.#isRunning = false;
  }

  async #travel(): Promise<void> {
    const { weather, clock, random } = this.#parts;
    await new Promise((resolve) => setImmediate(resolve));
    if (weather.latencyMs > 0) await clock.sleep(random.int(0, weather.latencyMs));
    while (weather.isStalled) await clock.sleep(STALL_LOOK_MS);
  }

  *#pieces(bytes: Buffer): Generator<Buffer> {
    const { pieceBytes } = this.#parts.weather;
    if (pieceBytes === 0) {
      yield bytes;
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const length = this.#parts.random.int(1, pieceBytes);
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }
}

/** One end, as far as node:http and ws look into sockets. */
export class WireEnd extends Duplex {
  readonly connecting = false;
  #outgoing: Direction | undefined;
  #incoming: Direction | undefined;

  constructor() {
    super({ allowHalfOpen: false });
    this.on("error", () => {});
  }

  connect(outgoing: Direction, incoming: Direction): void {
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  receivePrefix(bytes: number): void {
    const chunk = this.#incoming?.oldest;
    if (bytes > 0 && chunk && !this.destroyed) this.push(chunk.subarray(0, bytes));
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#outgoing?.send({ bytes: Buffer.from(chunk), done });
  }

  override _final(done: () => void): void {
    this.#outgoing?.send("end");
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#outgoing?.send("end");
    done(error);
  }
}

/** What dialling a machine gives that is not there. */
export function refusedWire(): WireEnd {
  const end = new WireEnd();
  setImmediate(() =>
    end.destroy(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })),
  );
  return end;
}
