import { MapperkitError } from "@mapperkit/api";
import type { ByteStream } from "@mapperkit/runtime";
import type { SerialPort } from "serialport";

export interface SerialTarget {
  /** `/dev/ttyUSB0`, or by its stable name under `/dev/serial/by-id`. */
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** What opens a serial port; tests have lines of their own. */
export type OpenPort = (target: SerialTarget) => Promise<ByteStream>;

/**
 * Opens a serial port. The package serialport is loaded here, on first use.
 * @throws MapperkitError `unsupported` without that package, `unreachable` with what to check
 */
export async function openSerial(target: SerialTarget): Promise<ByteStream> {
  const { SerialPort } = await loadSerialport();
  const port = new SerialPort({ ...target, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((cause) => (cause ? reject(unusable(target, cause)) : resolve()));
  });
  return streamOf(port);
}

async function loadSerialport(): Promise<typeof import("serialport")> {
  try {
    return await import("serialport");
  } catch (cause) {
    const message = "serial ports need the package serialport, which is not installed";
    throw new MapperkitError("unsupported", `${message}: npm install serialport`, { cause });
  }
}

function streamOf(port: SerialPort): ByteStream {
  // An unplugged adapter ends the reading below; unheard, its error would end the process.
  port.on("error", () => undefined);
  return {
    write: (bytes) =>
      new Promise<void>((resolve, reject) => {
        port.write(Buffer.from(bytes), (cause) => (cause ? reject(cause) : resolve()));
      }),
    read: () => port as AsyncIterable<Uint8Array>,
    close: () =>
      new Promise<void>((resolve) => {
        if (port.isOpen) port.close(() => resolve());
        else resolve();
      }),
  };
}

function unusable({ path }: SerialTarget, cause: Error): MapperkitError {
  const hint =
    HINTS.find(([pattern]) => pattern.test(cause.message))?.[1] ??
    "check serialPort and its settings";
  return new MapperkitError("unreachable", `serial port ${path}: ${cause.message}; ${hint}`, {
    cause,
    details: { path },
  });
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/No such file|ENOENT/i, "check serialPort, and that the adapter is plugged in"],
  [/denied|EACCES/i, "let this user use the port (group dialout)"],
  [
    /lock|busy|EBUSY|temporarily unavailable/i,
    "another program, or a device with other line settings, has it",
  ],
];
