import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Envelope, encodeEnvelope, MapperkitError } from "@mapperkit/api";
import { type Clock, FrameWriter } from "@mapperkit/runtime";
import { WebSocket } from "ws";
import type { Credentials } from "../join/credential-files.ts";
import { dialFailureText } from "../join/dial-failure.ts";
import { readRefusal } from "./read-refusal.ts";

/** KubeEdge's fixed project id (cloudhub-wire §3.1). */
const PROJECT_ID = "e632aba927ea4ac2b575ec1603d56f10";
/** What we know beyond KubeEdge; the cloud answers with what it will use (additions.md). */
const FEATURES_HEADER = "mapperkit-features";
const FEATURES = "frames,compare,rules";
const MAX_FRAME_BYTES = 32 * 1024 * 1024;
/** Above this the cloud or the network is slower than the edge: what is to be said waits as state. */
const FULL_BYTES = 4 * 1024 * 1024;

export interface HubTarget {
  readonly url: string;
  readonly node: string;
  readonly handshakeTimeoutMs: number;
  /** What `wss` is dialled with. */
  readonly credentials?: Credentials | undefined;
  /** Absent: TCP, or TLS. */
  readonly connect?: (() => Duplex) | undefined;
}

export interface HubListener {
  message(text: string): void;
  /** A message has been handed to the network. */
  sent(envelope: Envelope): void;
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
  #features: ReadonlySet<string> = new Set();
  #frames: FrameWriter;
  #reason: string | undefined;

  private constructor(socket: WebSocket, listener: HubListener, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#heardAt = clock.monotonic();
    this.#frames = this.#writer(false);
    socket.on("upgrade", ({ headers }) => {
      const names = String(headers[FEATURES_HEADER] ?? "").split(",");
      this.#features = new Set(names.map((name) => name.trim()));
      this.#frames = this.#writer(this.#features.has("frames"));
    });
    socket.on("message", (data) => {
      this.#heardAt = clock.monotonic();
      listener.message(String(data));
    });
    socket.on("pong", () => {
      this.#heardAt = clock.monotonic();
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        resolve(this.#reason ?? closeReason(code, reason.toString()));
      });
    });
    socket.on("error", (error) => {
      this.#reason ??= error.message;
    });
    this.#listener = listener;
  }

  readonly #listener: HubListener;

  /** @throws MapperkitError `unreachable`, or `rejected` with the cloud's reason; or the signal's reason */
  static open(
    target: HubTarget,
    listener: HubListener,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<HubConnection> {
    const { url, node, handshakeTimeoutMs, credentials, connect } = target;
    const path = `${url.replace(/\/+$/, "")}/${PROJECT_ID}/${encodeURIComponent(node)}/events`;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(path, {
        headers: {
          node_id: node,
          project_id: PROJECT_ID,
          ConnectionUse: "msg",
          [FEATURES_HEADER]: FEATURES,
        },
        perMessageDeflate: false,
        handshakeTimeout: handshakeTimeoutMs,
        maxPayload: MAX_FRAME_BYTES,
        ...(credentials && {
          ca: credentials.ca,
          cert: credentials.certificate,
          key: credentials.key,
        }),
        ...(connect && { createConnection: () => connect() as Socket }),
      });
      const abort = () => socket.terminate();
      signal.addEventListener("abort", abort, { once: true });
      const fail = (cause: Error) => {
        signal.removeEventListener("abort", abort);
        reject(signal.aborted ? signal.reason : dialFailure(url, cause));
      };
      socket.once("error", fail);
      socket.once("unexpected-response", (request, response) => {
        void readRefusal(response).then((cause) => {
          request.destroy();
          fail(cause);
        });
      });
      const connection = new HubConnection(socket, listener, clock);
      socket.once("open", () => {
        socket.off("error", fail);
        signal.removeEventListener("abort", abort);
        resolve(connection);
      });
    });
  }

  /** Whether the cloud has agreed to use it. */
  uses(feature: "frames" | "compare" | "rules"): boolean {
    return this.#features.has(feature);
  }

  /** False when the link is gone or full; `writable` tells when there is room again. */
  send(envelope: Envelope): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    if (this.#socket.bufferedAmount > FULL_BYTES) {
      this.#isFull = true;
      return false;
    }
    this.#frames.send(encodeEnvelope(envelope));
    this.#listener.sent(envelope);
    return true;
  }

  /** Asks the cloud for a sign of life; ends the connection if none came within `silenceMs`. */
  probe(silenceMs: number): void {
    if (this.#clock.monotonic() - this.#heardAt > silenceMs) {
      this.#reason ??= `the cloud was silent for ${silenceMs} ms`;
      this.#socket.terminate();
    } else if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.ping();
    }
  }

  async close(reason = "the edge is stopping"): Promise<void> {
    this.#reason ??= reason;
    this.#frames.flush();
    this.#socket.close(1001);
    // A cloud that does not answer the close frame must not hold up the stop.
    const patience = this.#clock.timeout(1_000);
    const giveUp = () => this.#socket.terminate();
    patience.addEventListener("abort", giveUp, { once: true });
    await this.closed;
    patience.removeEventListener("abort", giveUp);
  }

  #writer(isBatching: boolean): FrameWriter {
    const write = (frame: string) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return;
      this.#socket.send(frame, () => this.#drained());
    };
    return new FrameWriter({ isBatching, write });
  }

  #drained(): void {
    if (!this.#isFull || this.#socket.bufferedAmount > FULL_BYTES / 2) return;
    this.#isFull = false;
    this.#listener.writable();
  }
}

/** What a bare code says; the cloud's own words come first. */
function closeReason(code: number, said: string): string {
  const known =
    code === 1009 ? "the cloud takes no frame that long: raise its hub.maxMessageBytes" : "";
  return `closed with code ${code} ${said || known}`.trimEnd();
}

function dialFailure(url: string, cause: Error): MapperkitError {
  if (cause instanceof MapperkitError) return cause;
  const message = `cloud at ${url} not reached: ${dialFailureText(cause)}`;
  return new MapperkitError("unreachable", message, { cause });
}
