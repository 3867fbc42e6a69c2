import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { BusDoor, PlantBus } from "@mapperkit/sim-plant";
import { type LineTiming, wireMsOf } from "./line-timing.ts";

export interface PtyPlace extends LineTiming {
  /** Where the port is made. A link that an earlier run left is taken away. */
  readonly path: string;
}

interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Makes a serial port, a pty, with a bus behind it. Bytes take the time that a wire of this speed
 * would need, which a pty does not know. Needs socat.
 * @throws MapperkitError `invalid_input` when something is at that path, or socat is missing
 */
export async function openPtyDoor(
  bus: PlantBus,
  place: PtyPlace,
  surroundings: Surroundings,
): Promise<BusDoor> {
  let port: MadePort | undefined = await MadePort.open(bus, place, surroundings);
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(work).catch((error: unknown) => {
      surroundings.log.error("simulated port cannot be made again", { path: place.path, error });
    });
  };
  const unplug = () =>
    inTurn(async () => {
      await port?.close();
      port = undefined;
    });
  const door: BusDoor = {
    port: 0,
    hasConnections: false,
    refuse() {
      unplug();
      return () =>
        inTurn(async () => {
          port = await MadePort.open(bus, place, surroundings);
        });
    },
    async close() {
      unplug();
      await turn;
    },
  };
  bus.attach(door);
  return door;
}

/** A port from plugging in to unplugging. */
class MadePort {
  readonly #place: PtyPlace;
  readonly #surroundings: Surroundings;
  readonly #socat: ChildProcess;
  readonly #unplugged = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #hangUp: () => void = () => undefined;

  static async open(bus: PlantBus, place: PtyPlace, around: Surroundings): Promise<MadePort> {
    clear(place.path);
    mkdirSync(dirname(place.path), { recursive: true });
    const end = `pty,rawer,link=${place.path}`;
    const socat = spawn("socat", ["-d", "-d", end, "stdio"], { stdio: "pipe" });
    await ready(socat, place.path);
    const port = new MadePort(place, socat, around);
    port.#join(bus);
    return port;
  }

  private constructor(place: PtyPlace, socat: ChildProcess, around: Surroundings) {
    this.#place = place;
    this.#socat = socat;
    this.#surroundings = around;
  }

  async close(): Promise<void> {
    this.#unplugged.abort();
    this.#hangUp();
    if (this.#socat.exitCode === null && this.#socat.signalCode === null) {
      const exit = once(this.#socat, "exit");
      this.#socat.kill();
      await exit;
    }
    rmSync(this.#place.path, { force: true });
    await this.#turn;
  }

  #join(bus: PlantBus): void {
    const { stdin, stdout } = this.#socat;
    const client = bus.connected({
      send: (bytes) => this.#later(bytes.length, () => stdin?.write(bytes)),
      // A serial line cannot be hung up: who has lost his power is silent.
      close: () => undefined,
    });
    this.#hangUp = () => client?.closed();
    // socat that ends while something is written is an adapter that is pulled out.
    stdin?.on("error", () => undefined);
    stdout?.on("data", (bytes: Buffer) => this.#later(bytes.length, () => client?.heard(bytes)));
  }

  #later(bytes: number, act: () => void): void {
    const { clock, log } = this.#surroundings;
    const ms = wireMsOf(this.#place, bytes);
    this.#turn = this.#turn
      .then(() => clock.sleep(ms, this.#unplugged.signal))
      .then(act)
      .catch((error: unknown) => {
        if (!this.#unplugged.signal.aborted) log.debug("serial line failed", { error });
      });
  }
}

async function ready(socat: ChildProcess, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = "";
  const fail = (why: string, cause?: unknown) =>
    reject(
      new MapperkitError("invalid_input", `serial port ${path} cannot be made: ${why}`, {
        cause,
        details: { path, key: "serialPort" },
      }),
    );
  socat.on("error", (cause) => fail("socat is missing (apt-get install socat)", cause));
  socat.on("exit", () => fail(said.trim().split("\n").at(-1) ?? "socat ended"));
  socat.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
    if (said.includes("starting data transfer loop")) resolve();
  });
  await promise;
}

/** Whether a port can be made here: nothing is there, or the link of a port that is gone. */
export function isFree(path: string): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return !there || (there.isSymbolicLink() && !leadsSomewhere(path));
}

/** @throws MapperkitError `invalid_input` for anything but the link of a port that is gone */
function clear(path: string): void {
  if (isFree(path)) {
    rmSync(path, { force: true });
    return;
  }
  const message = `serial port ${path} is there already: a simulated one needs a path of its own`;
  throw new MapperkitError("invalid_input", message, { details: { path, key: "serialPort" } });
}

function leadsSomewhere(path: string): boolean {
  try {
    return realpathSync(path) !== "";
  } catch {
    return false;
  }
}
