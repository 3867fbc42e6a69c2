import { execFile } from "node:child_process";
import { closeSync, constants, openSync, realpathSync, write } from "node:fs";
import { ReadStream } from "node:tty";
import { promisify } from "node:util";
import { MapperkitError } from "@mapperkit/api";
import type { Log } from "@mapperkit/runtime";
import type { LineEnd } from "./line-end.ts";
import type { SerialLine } from "./serial-line.ts";

/**
 * Opens a serial port that is there, or the end of a pty pair.
 * @throws MapperkitError `invalid_input` naming the port and what is wrong with it
 */
export async function openPort(path: string, line: SerialLine, log: Log): Promise<LineEnd> {
  await setLine(path, line);
  const port = new ReadStream(openFile(path));
  const output = openFile(path);
  let isClosed = false;
  port.on("error", (error) => {
    if (!isClosed) log.warn("serial port broke", { path, error });
  });
  return {
    onData: (heard) => port.on("data", heard),
    // What nobody reads is lost, as on a wire.
    write: (bytes) =>
      write(output, bytes, (error) => {
        if (error) log.debug("serial line takes nothing", { path, error });
      }),
    close: () => {
      isClosed = true;
      port.destroy();
      closeSync(output);
      return Promise.resolve();
    },
  };
}

function openFile(path: string): number {
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
