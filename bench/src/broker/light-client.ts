import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** The last id before it begins anew at 1 */
const LAST_ID = 60_000;

/** An MQTT 3.1.1 client that costs next to nothing, so that the broker is what is measured. */
export class LightClient {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #lastId = 0;
  /** Called for each PUBACK. */
  acknowledged: () => void = () => {};
  /** Called for each PUBLISH, which is acknowledged. */
  heard: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("error", () => {});
  }

  static async connect(port: number, clientId: string): Promise<LightClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const body = Buffer.concat([text("MQTT"), Buffer.of(4, 2, 0, 0), text(clientId)]);
    socket.write(Buffer.concat([Buffer.of(0x10, body.length), body]));
    await once(socket, "data");
    return new LightClient(socket);
  }

  /** QoS 1 */
  async subscribe(filter: string): Promise<void> {
    const body = Buffer.concat([Buffer.of(0, 1), text(filter), Buffer.of(1)]);
    const answer = once(this.#socket, "data");
    this.#socket.write(Buffer.concat([Buffer.of(0x82, body.length), body]));
    await answer;
  }

  /** QoS 1. The packet is at most 16 KB. */
  publish(topic: Buffer, payload: Buffer): void {
    this.#lastId = (this.#lastId % LAST_ID) + 1;
    const length = topic.length + 2 + payload.length;
    const head = Buffer.of(0x32, (length & 0x7f) | 0x80, length >> 7);
    const id = Buffer.of(this.#lastId >> 8, this.#lastId & 0xff);
    this.#socket.write(Buffer.concat([head, topic, id, payload]));
  }

  /** Several at once, in one write. */
  cork(work: () => void): void {
    this.#socket.cork();
    work();
    this.#socket.uncork();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const acks: number[] = [];
    let at = 0;
    while (at + 2 <= all.length) {
      const { length, bodyAt } = header(all, at);
      if (length < 0 || bodyAt + length > all.length) break;
      const type = all[at]! >> 4;
      if (type === 4) this.acknowledged();
      if (type === 3) {
        const idAt = bodyAt + 2 + all.readUInt16BE(bodyAt);
        if ((all[at]! & 6) !== 0) acks.push(0x40, 2, all[idAt]!, all[idAt + 1]!);
        this.heard();
      }
      at = bodyAt + length;
    }
    this.#rest = all.subarray(at);
    if (acks.length > 0) this.#socket.write(Buffer.from(acks));
  }
}

/** Length -1: not all of it is here. */
function header(bytes: Buffer, at: number): { length: number; bodyAt: number } {
  let length = 0;
  for (let digit = 0; digit < 4; digit += 1) {
    const byte = bytes[at + 1 + digit];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 128 ** digit;
    if (byte < 0x80) return { length, bodyAt: at + 2 + digit };
  }
  return { length: -1, bodyAt: 0 };
}

/** A string as MQTT writes it. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}
