import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { generate, type Packet, parser } from "mqtt-packet";
import { type Ending, startBus, until } from "./running-bus.ts";

/** A client of MQTT 3.1.1 that sends what it is told to send, in one write, and notes what comes. */
export class RawClient {
  readonly socket: Socket;
  readonly heard: Packet[] = [];
  readonly closed: Promise<unknown>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    const incoming = parser().on("packet", (packet) => this.heard.push(packet));
    socket.on("data", (bytes) => incoming.parse(bytes));
  }

  static async connect(
    t: Ending,
    port: number,
    options: { clientId?: string; clean?: boolean } = {},
  ): Promise<RawClient> {
    const client = new RawClient(connect(port, "127.0.0.1"));
    t.after(async () => client.socket.destroy());
    const { clientId = "raw", clean = true } = options;
    const protocol = { protocolId: "MQTT", protocolVersion: 4, keepalive: 0 };
    client.say({ cmd: "connect", ...protocol, clientId, clean });
    await once(client.socket, "data");
    return client;
  }

  say(...packets: object[]): void {
    this.socket.write(Buffer.concat(packets.map((packet) => generate(packet as Packet))));
  }

  /** The kinds of what came, with the number where it has one. */
  get kinds(): string[] {
    return this.heard.map(({ cmd, messageId }) => (messageId ? `${cmd} ${messageId}` : cmd));
  }
}

export function publishPacket(topic: string, payload: string, options: object = {}): object {
  return { cmd: "publish", topic, payload, qos: 0, retain: false, dup: false, ...options };
}

export function subscribePacket(messageId: number, topic: string, qos = 0): object {
  return { cmd: "subscribe", messageId, subscriptions: [{ topic, qos }] };
}

test("what is said in one write is answered packet by packet", async (t) => {
  const { bus } = await startBus(t);
  const raw = await RawClient.connect(t, bus.port);
  raw.say(subscribePacket(1, "a"), { cmd: "pingreq" });
  await until("both answers", () => raw.heard.length === 3);
  assert.deepEqual(raw.kinds, ["connack", "suback 1", "pingresp"]);
});
