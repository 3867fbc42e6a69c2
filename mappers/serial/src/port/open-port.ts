import { MapperkitError } from "@mapperkit/api";
import type { ByteStream, Transports } from "@mapperkit/runtime";
import type { SerialPort } from "serialport";
import type { SerialConfig } from "../config/serial-config.ts";
import { findPort, hintFor } from "./find-port.ts";
import { type PortFolders, systemFolders } from "./known-ports.ts";

export interface PortParts {
  readonly transports: Transports;
  readonly signal: AbortSignal;
  readonly folders?: PortFolders;
}

/**
 * Opens a serial port of this machine, or a gateway's on the network. The package serialport is
 * loaded here, on first use.
 * @throws MapperkitError `unsupported` without that package, `unreachable` with what to check
 */
export async function openPort(config: SerialConfig, parts: PortParts): Promise<ByteStream> {
  const { transports, signal, folders = systemFolders } = parts;
  if (config.serialPort.startsWith("tcp://")) {
    const { hostname, port } = new URL(config.serialPort);
    const host = hostname.replace(/^\[|\]$/g, "");
    return await transports.tcp({ host, port: Number(port), signal });
  }
  const path = findPort(config.serialPort, folders);
  const { SerialPort } = await loadSerialport();
  const { baudRate, dataBits, parity, stopBits, flowControl } = config;
  const port = new SerialPort({
    ...{ path, baudRate, dataBits, parity, stopBits, autoOpen: false },
    ...{ rtscts: flowControl === "rtscts", xon: flowControl === "xonxoff" },
    xoff: flowControl === "xonxoff",
  });
  await new Promise<void>((resolve, reject) => {
    port.open((cause) => (cause ? reject(unusable(path, cause, folders)) : resolve()));
  });
  return streamOf(port, path);
}

async function loadSerialport(): Promise<typeof import("serialport")> {
  try {
    return await import("serialport");
  } catch (cause) {
    const message = "serial ports need the package serialport, which is not installed";
    throw new MapperkitError("unsupported", `${message}: npm install serialport`, { cause });
  }
}

function streamOf(port: SerialPort, path: string): ByteStream {
  const lost = (cause: unknown) =>
    new MapperkitError("unreachable", `serial port ${path} is gone: check its cable`, { cause });
  // An unplugged adapter ends the reading below; unheard, its error would end the process.
  port.on("error", () => undefined);
  return {
    write: (bytes) =>
      new Promise<void>((resolve, reject) => {
        // A port that goes while bytes wait to be written never says what became of them.
        const gone = () => reject(lost(new Error("the port was closed")));
        if (!port.isOpen) return gone();
        port.once("close", gone);
        port.write(Buffer.from(bytes), (cause) => {
          port.off("close", gone);
          if (cause) reject(lost(cause));
          else resolve();
        });
      }),
    async *read() {
      try {
        yield* port as AsyncIterable<Uint8Array>;
      } catch (cause) {
        throw lost(cause);
      }
    },
    close: () =>
      new Promise<void>((resolve) => {
        if (port.isOpen) port.close(() => resolve());
        else resolve();
      }),
  };
}

function unusable(path: string, cause: Error, folders: PortFolders): MapperkitError {
  const hint = hintFor(path, cause.message, folders);
  const message = `serial port ${path}: ${cause.message.replace(/^Error:? */, "")}; ${hint}`;
  return new MapperkitError("unreachable", message, { cause, details: { path } });
}
