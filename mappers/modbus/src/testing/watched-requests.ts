import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A request as it went over the wire. */
export interface SeenRequest {
  readonly unit: number;
  readonly code: number;
  readonly start: number;
  /** Addresses of a read or of a long write; the value of a short one. */
  readonly count: number;
}

/** Stands between a mapper and a device on Modbus TCP, and notes what the mapper asks. */
export class WatchedRequests implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server;

  /** @param port of the device */
  constructor(port: number) {
    this.#server = createServer((socket) => this.#pass(socket, connect({ host: HOST, port })));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, HOST);
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #pass(near: Socket, far: Socket): void {
    let rest = Buffer.alloc(0);
    near.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
        this.seen.push(requestOf(rest));
        rest = rest.subarray(end);
      }
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => undefined).on("close", () => other.destroy());
      one.pipe(other);
    }
  }
}

const HOST = "127.0.0.1";
const HEADER_BYTES = 6;

function endOf(bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES) return Number.POSITIVE_INFINITY;
  return HEADER_BYTES + bytes.readUInt16BE(4);
}

function requestOf(bytes: Buffer): SeenRequest {
  const [unit = 0, code = 0] = bytes.subarray(HEADER_BYTES);
  return { unit, code, start: bytes.readUInt16BE(8), count: bytes.readUInt16BE(10) };
}
