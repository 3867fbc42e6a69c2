import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Envelope, encodeEnvelope, makeEnvelope, parseFrame } from "@mapperkit/api";
import { type WebSocket, WebSocketServer } from "ws";

/** A cloudhub for tests: says what the test tells it to, on a real socket, and keeps what it hears. */
export class ScriptedCloud implements AsyncDisposable {
  readonly heard: Envelope[] = [];
  readonly requests: IncomingMessage[] = [];
  #server: WebSocketServer | undefined;
  #socket: WebSocket | undefined;
  #lastId = 0;
  /** A cloud that stays connected and says nothing, not even pong. */
  isFrozen = false;

  /** @param port 0 takes a free one. Resolves with the URL for an edge's config. */
  async listen(port = 0): Promise<string> {
    const server = new WebSocketServer({
      host: "127.0.0.1",
      port,
      autoPong: false,
      perMessageDeflate: false,
    });
    this.#server = server;
    server.on("connection", (socket, request) => this.#serve(socket, request));
    await once(server, "listening");
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Sends a message of devicecontroller and gives its id. */
  say(parts: {
    group: string;
    operation: string;
    resource: string;
    content: unknown;
    parentId?: string;
    resourceVersion?: string;
  }): string {
    const id = `cloud-${++this.#lastId}`;
    const envelope = makeEnvelope({ id, timestamp: 1, source: "devicecontroller", ...parts });
    this.sayText(encodeEnvelope(envelope));
    return id;
  }

  sayText(text: string): void {
    this.#socket?.send(text);
  }

  confirm({ header }: Envelope): void {
    this.say({
      group: "twin",
      operation: "response",
      resource: "twin",
      content: "OK",
      parentId: header.msg_id,
    });
  }

  /** What was heard of a resource, oldest first. */
  of(resource: string): Envelope[] {
    return this.heard.filter(({ route }) => route.resource === resource);
  }

  /** Cuts the link without a farewell. */
  cut(): void {
    this.#socket?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server?.clients ?? []) socket.terminate();
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #serve(socket: WebSocket, request: IncomingMessage): void {
    this.#socket = socket;
    this.requests.push(request);
    socket.on("message", (data) => this.heard.push(...parseFrame(String(data)).envelopes));
    socket.on("ping", (data) => {
      if (!this.isFrozen) socket.pong(data);
    });
    socket.on("error", () => {});
  }
}
