import { execFile } from "node:child_process";
import { closeSync, constants, openSync, realpathSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { promisify } from "node:util";
import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { PlantBus } from "@mapperkit/sim-plant";
import { frameGapMsOf, type SerialLine, wireMsOf } from "./serial-line.ts";
import type { Door } from "./tcp-door.ts";

export interface SerialPlace extends SerialLine {
  /** A serial port or the end of a pty pair. */
  readonly path: string;
}

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
  { clock, log }: Surroundings,
): Promise<Door> {
  await setLine(place);
  const input = openPort(place.path);
  const output = openPort(place.path);
  const port = new ReadStream(input);
  const stopped = new AbortController();
  let turn = Promise.resolve();
  const later = (ms: number, act: () => void) => {
    turn = turn
      .then(() => clock.sleep(ms, stopped.signal))
      .then(act)
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) log.debug("serial line failed", { error });
      });
  };
  const line = bus.connected({
    send: (bytes) =>
      later(frameGapMsOf(place) + wireMsOf(place, bytes.length), () => writeSync(output, bytes)),
    // A serial line cannot be hung up: who has lost his power is silent.
    close: () => undefined,
  });
  port.on("error", (error) => log.warn("serial port broke", { path: place.path, error }));
  port.on("data", (bytes: Buffer) => {
    later(wireMsOf(place, bytes.length), () => line?.heard(bytes));
  });
  return {
    async close() {
      stopped.abort();
      line?.closed();
      port.destroy();
      closeSync(output);
      await turn;
    },
  };
}

function openPort(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** Raw, at its speed; stty is part of every system that has serial ports. */
async function setLine(place: SerialPlace): Promise<void> {
  const { path } = place;
  try {
    // A pty has no speed and no parity, and stty complains of those that it does not take.
    const isPty = realpathSync(path).startsWith("/dev/pts/");
    const flags = ["raw", "-echo", ...(isPty ? [] : settingsOf(place))];
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
