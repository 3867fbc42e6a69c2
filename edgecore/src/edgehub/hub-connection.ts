import { type Envelope, encodeEnvelope, MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { WebSocket } from "ws";

/** KubeEdge's fixed project id (cloudhub-wire §3.1). */
const PROJECT_ID = "e632aba927ea4ac2b575ec1603d56f10";
const MAX_FRAME_BYTES = 32 * 1024 * 1024;
/** Above this the cloud or the network is slower than the edge: what is to be said waits as state. */
const FULL_BYTES = 4 * 1024 * 1024;

export interface HubTarget {
  readonly url: string;
  readonly node: string;
  readonly handshakeTimeoutMs: number;
}

export interface HubListener {
  message(text: string): void;
  /** A message has been handed to the network. */
  sent(): void;
  /** There is room again after `send` has refused. */
  writable(): void;
}

/** One WebSocket to cloudhub, from handshake to close (cloudhub-wire §3.2). */
export class HubConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  /** Resolves with the reason when the connection is over. */
  readonly closed: Promise<string>;
  /** ms since 1970: when the cloud was heard of last */
  #heardAt: number;
  #isFull = false;
  #reason: string | undefined;

  private constructor(socket: WebSocket, listener: HubListener, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#heardAt = clock.now();
    socket.on("message", (data) => {
      this.#heardAt = clock.now();
      listener.message(String(data));
    });
    socket.on("pong", () => {
      this.#heardAt = clock.now();
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        resolve(this.#reason ?? `closed with code ${code} ${reason.toString()}`.trimEnd());
      });
    });
    socket.on("error", (error) => {
      this.#reason ??= error.message;
    });
    this.#listener = listener;
  }

  readonly #listener: HubListener;

  /** @throws MapperkitError `unreachable`; or the signal's reason */
  static open(
    target: HubTarget,
    listener: HubListener,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<HubConnection> {
    const { url, node, handshakeTimeoutMs } = target;
    const path = `${url.replace(/\/+$/, "")}/${PROJECT_ID}/${encodeURIComponent(node)}/events`;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(path, {
        headers: { node_id: node, project_id: PROJECT_ID, ConnectionUse: "msg" },
        perMessageDeflate: false,
        handshakeTimeout: handshakeTimeoutMs,
        maxPayload: MAX_FRAME_BYTES,
      });
      const abort = () => socket.terminate();
      signal.addEventListener("abort", abort, { once: true });
      const fail = (cause: Error) => {
        signal.removeEventListener("abort", abort);
        reject(
          signal.aborted
            ? signal.reason
            : new MapperkitError("unreachable", `cloud at ${url} not reached: ${textOf(cause)}`, {
                cause,
              }),
        );
      };
      socket.once("error", fail);
      const connection = new HubConnection(socket, listener, clock);
      socket.once("open", () => {
        socket.off("error", fail);
        signal.removeEventListener("abort", abort);
        resolve(connection);
      });
    });
  }

  /** False when the link is gone or full; `writable` tells when there is room again. */
  send(envelope: Envelope): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    if (this.#socket.bufferedAmount > FULL_BYTES) {
      this.#isFull = true;
      return false;
    }
    this.#socket.send(encodeEnvelope(envelope), () => this.#drained());
    this.#listener.sent();
    return true;
  }

  /** Asks the cloud for a sign of life; ends the connection if none came within `silenceMs`. */
  probe(silenceMs: number): void {
    if (this.#clock.now() - this.#heardAt > silenceMs) {
      this.#reason ??= `the cloud was silent for ${silenceMs} ms`;
      this.#socket.terminate();
    } else if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.ping();
    }
  }

  async close(): Promise<void> {
    this.#reason ??= "the edge is stopping";
    this.#socket.close(1001);
    // A cloud that does not answer the close frame must not hold up the stop.
    const patience = this.#clock.timeout(1_000);
    const giveUp = () => this.#socket.terminate();
    patience.addEventListener("abort", giveUp, { once: true });
    await this.closed;
    patience.removeEventListener("abort", giveUp);
  }

  #drained(): void {
    if (!this.#isFull || this.#socket.bufferedAmount > FULL_BYTES / 2) return;
    this.#isFull = false;
    this.#listener.writable();
  }
}

/** Node gives an AggregateError without a message when every address of a name refuses. */
function textOf(error: Error): string {
  const code = (error as { code?: unknown }).code;
  return error.message || (typeof code === "string" ? code : error.name);
}
