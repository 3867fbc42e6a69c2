import { connect, createServer, type Server } from "node:net";

const HEADER_BYTES = 6;
const WRITING = new Set([5, 6, 15, 16, 22, 23]);

/** What a client of Modbus TCP sent, request by request, on its way to a device. */
export class ModbusTap implements AsyncDisposable {
  readonly functions: number[] = [];
  /** Function and address of each request that writes. */
  readonly writes: { readonly fn: number; readonly address: number }[] = [];
  readonly #server: Server;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const device = connect(target, "127.0.0.1");
      let rest: Buffer = Buffer.alloc(0);
      client.on("data", (bytes) => {
        rest = this.#note(Buffer.concat([rest, bytes]));
      });
      client.pipe(device).pipe(client);
      client.on("error", () => device.destroy());
      device.on("error", () => client.destroy());
    });
  }

  /** Listens on a free port and passes everything on to the target. */
  static async before(target: number): Promise<ModbusTap> {
    const tap = new ModbusTap(target);
    await new Promise<void>((done) => tap.#server.listen(0, "127.0.0.1", done));
    return tap;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #note(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.length >= HEADER_BYTES && rest.length >= HEADER_BYTES + rest.readUInt16BE(4)) {
      const end = HEADER_BYTES + rest.readUInt16BE(4);
      const fn = rest[HEADER_BYTES + 1] ?? 0;
      this.functions.push(fn);
      if (WRITING.has(fn)) this.writes.push({ fn, address: rest.readUInt16BE(HEADER_BYTES + 2) });
      rest = rest.subarray(end);
    }
    return rest;
  }
}
