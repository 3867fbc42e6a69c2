import type { Clock, Log } from "@mapperkit/runtime";
import type { BusClient, BusDoor, PlantBus } from "@mapperkit/sim-plant";
import type { LineEnd } from "./line-end.ts";
import { makePort } from "./made-port.ts";
import { openPort } from "./open-port.ts";
import { frameGapMsOf, type SerialLine, wireMsOf } from "./serial-line.ts";

export interface SerialPlace extends SerialLine {
  /** A serial port or the end of a pty pair. */
  readonly path: string;
  /** The port at `path` is made, a pty whose other end is ours. Needs socat. */
  readonly isMade?: boolean;
}

const SPEED_CHECK_MS = 250;

interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens a bus on a serial port. Bytes take the time that the wire would need, also on a pty, which
 * knows no baud.
 * @throws MapperkitError `invalid_input` naming the port and what is wrong with it
 */
export async function openSerialDoor(
  bus: PlantBus,
  place: SerialPlace,
  surroundings: Surroundings,
): Promise<BusDoor> {
  const open = () => OpenLine.open(bus, place, surroundings);
  let line: OpenLine | undefined = await open();
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(work).catch((error: unknown) => {
      surroundings.log.error("simulated line failed", { path: place.path, error });
    });
  };
  const close = () =>
    inTurn(async () => {
      await line?.close();
      line = undefined;
    });
  const unplug = () => {
    close();
    return () =>
      inTurn(async () => {
        line = await open();
      });
  };
  const door: BusDoor = {
    port: 0,
    hasConnections: false,
    // Only who made the port can unplug it.
    ...(place.isMade && { refuse: unplug }),
    async close() {
      close();
      await turn;
    },
  };
  bus.attach(door);
  return door;
}

/** A line from opening to closing. */
class OpenLine {
  readonly #bus: PlantBus;
  readonly #place: SerialPlace;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #end: LineEnd;
  readonly #stopped = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #client: BusClient | undefined;
  #speedCheckedAt = Number.NEGATIVE_INFINITY;
  #isAtSpeed = true;

  static async open(bus: PlantBus, place: SerialPlace, around: Surroundings): Promise<OpenLine> {
    const { path, isMade } = place;
    const end = isMade ? await makePort(path) : await openPort(path, place, around.log);
    return new OpenLine(bus, place, end, around);
  }

  private constructor(bus: PlantBus, place: SerialPlace, end: LineEnd, around: Surroundings) {
    this.#bus = bus;
    this.#place = place;
    this.#clock = around.clock;
    this.#log = around.log;
    this.#end = end;
    end.onData((bytes) => {
      this.#later(wireMsOf(place, bytes.length), () => this.#heard(bytes));
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
    const ms = frameGapMsOf(this.#place) + wireMsOf(this.#place, answer.length);
    this.#later(ms, () => this.#end.write(answer));
  }

  /** A pty carries bytes at any speed, but remembers the one that its user set. */
  async #isHeardRight(): Promise<boolean> {
    const now = this.#clock.monotonic();
    if (!this.#end.baudRate || now - this.#speedCheckedAt < SPEED_CHECK_MS) return this.#isAtSpeed;
    this.#speedCheckedAt = now;
    this.#isAtSpeed = (await this.#end.baudRate()) === this.#place.baudRate;
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
