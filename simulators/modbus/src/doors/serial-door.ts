import { execFile } from "node:child_process";
import { closeSync, constants, openSync, realpathSync, write } from "node:fs";
import { ReadStream } from "node:tty";
import { promisify } from "node:util";
import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { BusClient, BusDoor, PlantBus } from "@mapperkit/sim-plant";
import { openPtyPair, type PtyPair } from "./pty-pair.ts";
import { frameGapMsOf, type SerialLine, wireMsOf } from "./serial-line.ts";

export interface SerialPlace extends SerialLine {
  /** A serial port or the end of a pty pair. */
  readonly path: string;
  /** The port at `path` is made, as one end of a pty pair whose other end is ours. Needs socat. */
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
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pair: PtyPair | undefined;
  readonly #output: number;
  readonly #port: ReadStream;
  readonly #stopped = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #client: BusClient | undefined;
  #speedCheckedAt = Number.NEGATIVE_INFINITY;
  #isAtSpeed = true;

  static async open(bus: PlantBus, place: SerialPlace, around: Surroundings): Promise<OpenLine> {
    const pair = place.isMade ? await openPtyPair(place.path) : undefined;
    const path = pair?.farPath ?? place.path;
    try {
      await setLine(path, place);
      const line = new OpenLine(path, pair, around);
      line.#join(bus, place);
      return line;
    } catch (error) {
      await pair?.close();
      throw error;
    }
  }

  private constructor(path: string, pair: PtyPair | undefined, { clock, log }: Surroundings) {
    this.#clock = clock;
    this.#log = log;
    this.#pair = pair;
    this.#port = new ReadStream(openPort(path));
    this.#output = openPort(path);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#client?.closed();
    this.#port.destroy();
    await this.#turn;
    closeSync(this.#output);
    await this.#pair?.close();
  }

  #join(bus: PlantBus, place: SerialPlace): void {
    const connection = {
      send: (bytes: Uint8Array) =>
        this.#later(frameGapMsOf(place) + wireMsOf(place, bytes.length), () => this.#write(bytes)),
      // A serial line cannot be hung up: who has lost his power is silent until he has it again.
      close: () => {
        this.#client = undefined;
      },
    };
    this.#port.on("error", (error) => {
      if (!this.#stopped.signal.aborted) {
        this.#log.warn("serial port broke", { path: place.path, error });
      }
    });
    this.#port.on("data", (bytes: Buffer) => {
      this.#later(wireMsOf(place, bytes.length), async () => {
        if (!(await this.#isHeardRight(place))) return;
        this.#client ??= bus.connected(connection);
        this.#client?.heard(bytes);
      });
    });
  }

  /** A pty carries bytes at any speed, but remembers the one that its user set. */
  async #isHeardRight({ baudRate }: SerialLine): Promise<boolean> {
    const now = this.#clock.monotonic();
    if (!this.#pair || now - this.#speedCheckedAt < SPEED_CHECK_MS) return this.#isAtSpeed;
    this.#speedCheckedAt = now;
    const { stdout } = await promisify(execFile)("stty", ["-F", this.#pair.path, "speed"]);
    this.#isAtSpeed = Number(stdout) === baudRate;
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

  /** What nobody reads is lost, as on a wire. */
  #write(bytes: Uint8Array): void {
    write(this.#output, bytes, (error) => {
      if (error) this.#log.debug("serial line takes nothing", { error });
    });
  }
}

function openPort(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** Raw, at its speed; stty is part of every system that has serial ports. */
async function setLine(path: string, line: SerialLine): Promise<void> {
  try {
    // A pty has no speed and no parity, and stty complains of those that it does not take.
    const isPty = realpathSync(path).startsWith("/dev/pts/");
    const flags = ["raw", "-echo", ...(isPty ? [] : settingsOf(line))];
    await promisify(execFile)("stty", ["-F", path, ...flags]);
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function settingsOf({ baudRate, parity, stopBits }: SerialLine): string[] {
  const parityFlags = {
    none: ["-parenb"],
    even: ["parenb", "-parodd"],
    odd: ["parenb", "parodd"],
  }[parity];
  return [`${baudRate}`, "cs8", ...parityFlags, stopBits === 2 ? "cstopb" : "-cstopb"];
}

function unusable(path: string, cause: unknown): MapperkitError {
  const why = cause instanceof Error ? cause.message.trim() : String(cause);
  return new MapperkitError("invalid_input", `serial port ${path} cannot be used: ${why}`, {
    cause,
    details: { path },
  });
}
