import type { Clock, Log } from "@mapperkit/runtime";
import type { BusClient, PlantBus } from "@mapperkit/sim-plant";
import type { LineEnd } from "./line-end.ts";
import { frameGapMsOf, type SerialLine, wireMsOf } from "./serial-line.ts";

const SPEED_CHECK_MS = 250;

export interface LineSurroundings {
  readonly clock: Clock;
  readonly log: Log;
}

/** A bus on a line of bytes, from opening to closing: bytes take the time that a wire needs. */
export class OpenLine {
  readonly #bus: PlantBus;
  readonly #line: SerialLine;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #end: LineEnd;
  readonly #stopped = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #client: BusClient | undefined;
  #speedCheckedAt = Number.NEGATIVE_INFINITY;
  #isAtSpeed = true;

  constructor(bus: PlantBus, line: SerialLine, end: LineEnd, around: LineSurroundings) {
    this.#bus = bus;
    this.#line = line;
    this.#clock = around.clock;
    this.#log = around.log;
    this.#end = end;
    end.onData((bytes) => {
      this.#later(wireMsOf(line, bytes.length), () => this.#heard(bytes));
    });
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#client?.closed();
    await this.#turn;
    await this.#end.close();
  }

  async #heard(bytes: Uint8Array): Promise<void> {
    if (!(await this.#isHeardRight())) return;
    this.#client ??= this.#bus.connected({
      send: (answer) => this.#send(answer),
      // A serial line cannot be hung up: who has lost his power is silent until he has it again.
      close: () => {
        this.#client = undefined;
      },
    });
    this.#client?.heard(bytes);
  }

  #send(answer: Uint8Array): void {
    const ms = frameGapMsOf(this.#line) + wireMsOf(this.#line, answer.length);
    this.#later(ms, () => this.#end.write(answer));
  }

  /** A pty carries bytes at any speed, but remembers the one that its user set. */
  async #isHeardRight(): Promise<boolean> {
    const now = this.#clock.monotonic();
    if (!this.#end.baudRate || now - this.#speedCheckedAt < SPEED_CHECK_MS) return this.#isAtSpeed;
    this.#speedCheckedAt = now;
    this.#isAtSpeed = (await this.#end.baudRate()) === this.#line.baudRate;
    return this.#isAtSpeed;
  }

  #later(ms: number, act: () => void | Promise<void>): void {
    this.#turn = this.#turn
      .then(() => this.#clock.sleep(ms, this.#stopped.signal))
      .then(act)
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#log.debug("serial line failed", { error });
      });
  }
}
