import { connect, type Socket } from "node:net";

export interface LoadChoice {
  readonly port: number;
  readonly sockets: number;
  readonly inFlight: number;
  readonly durationMs: number;
  /** Updates of all sockets together; absent: as fast as they are acknowledged. */
  readonly perSecond?: number;
  /** Topic and body of the n-th update of a socket; every one is to be another value. */
  readonly message: (socket: number, n: number) => { topic: string; body: string };
}

export interface LoadResult {
  readonly acknowledged: number;
  readonly seconds: number;
  /** ms from publish to PUBACK, of the first and every 7th message after it */
  readonly latencies: readonly number[];
}

/**
 * MQTT 3.1.1 publishers at QoS 1 over bare sockets, with no more work per message than must be: a
 * client library would be slower than the edge.
 */
export async function runLoad(choice: LoadChoice): Promise<LoadResult> {
  const publishers = await Promise.all(
    Array.from({ length: choice.sockets }, (_, index) => Publisher.open(choice, index)),
  );
  const begin = performance.now();
  const end = begin + choice.durationMs;
  for (const publisher of publishers) publisher.start(end);
  await Promise.all(publishers.map(({ done }) => done));
  const seconds = (performance.now() - begin) / 1000;
  for (const publisher of publishers) publisher.close();
  return {
    acknowledged: publishers.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    seconds,
    latencies: publishers.flatMap(({ latencies }) => latencies),
  };
}

class Publisher {
  acknowledged = 0;
  readonly latencies: number[] = [];
  readonly #choice: LoadChoice;
  readonly #index: number;
  readonly #socket: Socket;
  readonly #sentAt = new Map<number, number>();
  readonly #finished = Promise.withResolvers<void>();
  #sent = 0;
  #rest: Buffer = Buffer.alloc(0);
  #end = 0;
  #begin = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(choice: LoadChoice, index: number, socket: Socket) {
    this.#choice = choice;
    this.#index = index;
    this.#socket = socket;
    socket.on("data", (data) => this.#read(data));
    socket.on("error", (error) => this.#finished.reject(error));
  }

  static open(choice: LoadChoice, index: number): Promise<Publisher> {
    return new Promise((resolve, reject) => {
      const socket = connect(choice.port, "127.0.0.1");
      socket.setNoDelay(true).once("error", reject);
      socket.write(connectPacket(`bench-${index}`));
      socket.once("data", () => resolve(new Publisher(choice, index, socket)));
    });
  }

  get done(): Promise<void> {
    return this.#finished.promise;
  }

  start(end: number): void {
    this.#begin = performance.now();
    this.#end = end;
    if (this.#choice.perSecond !== undefined) {
      this.#timer = setInterval(() => this.#pace(), 10);
      return;
    }
    this.#socket.cork();
    for (let n = 0; n < this.#choice.inFlight; n++) this.#publish();
    this.#socket.uncork();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }

  #pace(): void {
    const { perSecond = 0, sockets, inFlight } = this.#choice;
    const now = Math.min(performance.now(), this.#end);
    const due = Math.floor((((now - this.#begin) / 1000) * perSecond) / sockets);
    this.#socket.cork();
    while (this.#sent < due && this.#sent - this.acknowledged < inFlight) this.#publish();
    this.#socket.uncork();
    if (performance.now() >= this.#end && this.#sent === this.acknowledged)
      this.#finished.resolve();
  }

  #publish(): void {
    const { topic, body } = this.#choice.message(this.#index, this.#sent);
    this.#sent += 1;
    if (this.#sent % 7 === 1) this.#sentAt.set(this.#sent, performance.now());
    this.#socket.write(publishPacket(topic, body, (this.#sent % 65_535) + 1));
  }

  /** PUBACKs come in the order of the publishes; the edge sends nothing else to who has no subscription. */
  #read(data: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    const count = Math.floor(bytes.length / 4);
    this.#rest = bytes.subarray(count * 4);
    const now = performance.now();
    const isOver = now >= this.#end;
    this.#socket.cork();
    for (let n = 0; n < count; n++) {
      this.acknowledged += 1;
      const sentAt = this.#sentAt.get(this.acknowledged);
      if (sentAt !== undefined) {
        this.latencies.push(now - sentAt);
        this.#sentAt.delete(this.acknowledged);
      }
      if (!isOver && this.#choice.perSecond === undefined) this.#publish();
    }
    this.#socket.uncork();
    if (isOver && this.acknowledged === this.#sent) this.#finished.resolve();
  }
}

function connectPacket(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const head = Buffer.from([0x10, 12 + id.length, 0, 4, 77, 81, 84, 84, 4, 2, 0, 0, 0, id.length]);
  return Buffer.concat([head, id]);
}

function publishPacket(topic: string, body: string, id: number): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const bodyBytes = Buffer.byteLength(body);
  const length = 2 + topicBytes + 2 + bodyBytes;
  const size = length < 128 ? 1 : length < 16_384 ? 2 : 3;
  const packet = Buffer.allocUnsafe(1 + size + length);
  let at = packet.writeUInt8(0x32, 0);
  for (let rest = length, left = size; left > 0; left--, rest >>= 7) {
    at = packet.writeUInt8((rest & 0x7f) | (left > 1 ? 0x80 : 0), at);
  }
  at = packet.writeUInt16BE(topicBytes, at);
  at += packet.write(topic, at);
  at = packet.writeUInt16BE(id, at);
  packet.write(body, at);
  return packet;
}
