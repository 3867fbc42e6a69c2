import { randomUUID } from "node:crypto";
import {
  type Envelope,
  encodeEnvelope,
  envelopeTrace,
  MapperkitError,
  makeEnvelope,
  parseFrame,
} from "@mapperkit/api";
import { type Clock, FrameWriter, type Log } from "@mapperkit/runtime";
import type { RawData, WebSocket } from "ws";
import { MessageBudget } from "./message-budget.ts";
import { UnackedObjects } from "./unacked-objects.ts";

/** KubeEdge's keepaliveInterval and writeTimeout. */
const KEEPALIVE_WITHIN_MS = 30_000;
const WRITE_WITHIN_MS = 30_000;
/** A node that reads slower than this much waits for it is cut; on its return it gets the present state. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;
/** Objects of one node; far beyond what an edge holds. */
const MAX_UNACKED_OBJECTS = 100_000;
/** Of a node that sends rubbish, the first few frames are worth a line each. */
const LOGGED_BAD_FRAMES = 5;

/** One connected node: its socket, its keepalive, and the objects it has not acknowledged yet. */
export class NodeSession {
  readonly node: string;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onMessage: (message: Envelope) => void;
  /** Most sessions of a large cloud are idle: what they do not need is not made. */
  #objects: UnackedObjects | undefined;
  readonly #onAcknowledged: (message: Envelope) => void;
  readonly #onDropped: () => void;
  readonly #validUntil: number;
  readonly #maxMessageBytes: number;
  readonly #messagesPerSecond: number;
  readonly #budget: MessageBudget;
  readonly #onSlowed: () => void;
  readonly #isOurs: boolean;
  #isSlowed = false;
  #slowing: AbortController | undefined;
  readonly #frames: FrameWriter;
  #droppedFrames = 0;
  #keptAliveAt: number;
  #writtenAt: number;
  #writesPending = 0;
  #isFlushPlanned = false;

  constructor(options: {
    node: string;
    socket: WebSocket;
    /** Whether the edge reads several messages in a frame. */
    isBatching?: boolean;
    /** Whether the edge reads why it is not served well. */
    isOurs?: boolean;
    /** ms since 1970: when the node's certificate expires. */
    validUntil?: number;
    limits: { readonly maxMessageBytes: number; readonly messagesPerSecond: number };
    clock: Clock;
    log: Log;
    onMessage: (message: Envelope) => void;
    /** An object that was put has arrived. */
    onAcknowledged: (message: Envelope) => void;
    /** A frame was no envelope. */
    onDropped: () => void;
    /** The node sends more than it may, and is read more slowly from now on. */
    onSlowed: () => void;
    onClosed: () => void;
  }) {
    this.node = options.node;
    this.#socket = options.socket;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#onMessage = options.onMessage;
    this.#onAcknowledged = options.onAcknowledged;
    this.#onDropped = options.onDropped;
    this.#validUntil = options.validUntil ?? Number.POSITIVE_INFINITY;
    this.#frames = new FrameWriter({
      isBatching: options.isBatching ?? false,
      write: (frame) => this.#writeFrame(frame),
    });
    this.#maxMessageBytes = options.limits.maxMessageBytes;
    this.#messagesPerSecond = options.limits.messagesPerSecond;
    this.#budget = new MessageBudget(this.#messagesPerSecond, this.#clock.monotonic());
    this.#onSlowed = options.onSlowed;
    this.#isOurs = options.isOurs ?? false;
    this.#keptAliveAt = this.#clock.monotonic();
    this.#writtenAt = this.#clock.monotonic();
    this.#socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on("error", (error) => this.#broke(error));
    this.#socket.on("close", () => {
      this.#slowing?.abort();
      options.onClosed();
    });
  }

  get unackedObjects(): number {
    return this.#objects?.size ?? 0;
  }

  /** Sent once, in order; lost when the link is. */
  send(message: Envelope): void {
    this.#write(message);
  }

  /** Sent until acknowledged, unless a newer message takes its key. */
  put(key: string, message: Envelope): void {
    this.#objects ??= new UnackedObjects(MAX_UNACKED_OBJECTS);
    if (!this.#objects.put(key, message)) {
      this.end(1013, `more than ${MAX_UNACKED_OBJECTS} objects wait for the node`);
      return;
    }
    this.#flushSoon();
  }

  /** Ends a dead session, sends again what was not acknowledged. Called once a second, with the monotonic time. */
  tend(now: number): void {
    if (now - this.#keptAliveAt > KEEPALIVE_WITHIN_MS) {
      this.end(4408, `no keepalive for ${KEEPALIVE_WITHIN_MS / 1000} s`);
    } else if (this.#writesPending > 0 && now - this.#writtenAt > WRITE_WITHIN_MS) {
      this.end(4408, `nothing could be written for ${WRITE_WITHIN_MS / 1000} s`);
    } else if (this.#clock.now() >= this.#validUntil) {
      this.end(4401, "the node's certificate has expired: join it again with a new token");
    } else {
      this.#flush();
    }
  }

  /** Says why and cuts; a peer that does not answer is not waited for. */
  end(code: number, reason: string): void {
    this.#log.info("session ended", { node: this.node, reason });
    this.#socket.close(code, reason);
    this.#socket.terminate();
  }

  #flushSoon(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#objects) return;
    for (const message of this.#objects.takeSendable(this.#clock.monotonic())) this.#write(message);
    // Nothing is under way any more.
    if (this.#objects.size === 0) this.#objects = undefined;
  }

  #write(message: Envelope): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#log.debug("message to the node", envelopeTrace(message));
    this.#frames.send(encodeEnvelope(message));
  }

  #writeFrame(frame: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#writesPending === 0) this.#writtenAt = this.#clock.monotonic();
    this.#writesPending += 1;
    this.#socket.send(frame, () => {
      this.#writesPending -= 1;
      this.#writtenAt = this.#clock.monotonic();
    });
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.end(1013, `${MAX_BUFFERED_BYTES} bytes wait for the node`);
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.#drop(new MapperkitError("invalid_input", "the frame is not text"));
      return;
    }
    const { envelopes, faults } = parseFrame(data.toString());
    this.#spend(envelopes.length + faults.length);
    for (const fault of faults) this.#drop(fault);
    for (const envelope of envelopes) {
      try {
        this.#dispatch(envelope);
      } catch (error) {
        this.#drop(error);
      }
    }
  }

  #broke(error: Error): void {
    const { code } = error as { code?: string };
    const reason =
      code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"
        ? `a frame is longer than ${this.#maxMessageBytes} bytes (hub.maxMessageBytes)`
        : undefined;
    this.#log.warn("the link to a node broke", reason ? { reason } : { error });
  }

  /** A node that floods waits in its own socket: nobody else does, and nothing is lost. */
  #spend(messages: number): void {
    const waitMs = this.#budget.spend(messages, this.#clock.monotonic());
    if (waitMs === 0) return;
    this.#socket.pause();
    this.#slowing ??= new AbortController();
    void this.#clock
      .sleep(waitMs, this.#slowing.signal)
      .then(() => this.#socket.resume())
      .catch(() => undefined);
    if (this.#isSlowed) return;
    this.#isSlowed = true;
    const reason = `slowed down: the node sends more than ${this.#messagesPerSecond} messages a second (hub.messagesPerSecond)`;
    this.#log.warn("a node floods", { reason });
    this.#onSlowed();
    this.#tellWhy(reason);
  }

  /** For the log of the node. KubeEdge's edge would take it for an object. */
  #tellWhy(reason: string): void {
    if (!this.#isOurs) return;
    this.#write(
      makeEnvelope({
        ...{ id: randomUUID(), timestamp: this.#clock.now(), source: "cloudhub" },
        ...{ group: "resource", operation: "error", resource: "node", content: reason },
      }),
    );
  }

  #drop(error: unknown): void {
    this.#droppedFrames += 1;
    this.#onDropped();
    if (this.#droppedFrames > LOGGED_BAD_FRAMES) return;
    this.#log.warn("dropped a frame", { error, dropped: this.#droppedFrames });
    const why = error instanceof Error ? error.message : String(error);
    this.#tellWhy(`a message was dropped: ${why}; do edge and cloud have the same release?`);
  }

  /** The first rows of cloudhub-wire §3.6; the rest is the listener's. */
  #dispatch(message: Envelope): void {
    this.#log.debug("message from the node", envelopeTrace(message));
    switch (message.route.operation) {
      case "keepalive":
        this.#keptAliveAt = this.#clock.monotonic();
        return;
      case "response": {
        const acknowledged = this.#objects?.ack(message.header.parent_msg_id ?? "");
        if (acknowledged) this.#onAcknowledged(acknowledged);
        this.#flushSoon();
        return;
      }
      case "error":
        this.#log.warn("a node answered with an error", { content: message.content });
        // It will say so each time: only a newer version of the object may be worth sending.
        this.#objects?.ack(message.header.parent_msg_id ?? "");
        return;
      default:
        this.#onMessage(message);
    }
  }
}
