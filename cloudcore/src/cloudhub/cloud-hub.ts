import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Envelope } from "@mapperkit/api";
import { type Clock, type Component, type Log, listen, nodeHttp } from "@mapperkit/runtime";
import { type WebSocket, WebSocketServer } from "ws";
import { FEATURES_HEADER, type Features, featuresOf, featuresText } from "./features.ts";
import { type IdentifyNode, identifyByHeader } from "./handshake.ts";
import type { HubConfig } from "./hub-config.ts";
import { NodeSession } from "./node-session.ts";
import { watchHandshakes } from "./watch-handshakes.ts";

const TEND_EVERY_MS = 1_000;

/** What the hub tells about nodes. A taken-over session is a disconnection, then a connection. */
export interface NodeListener {
  nodeConnected(node: string, features: Features): void;
  nodeDisconnected(node: string): void;
  messageArrived(node: string, message: Envelope): void;
  /** The node has stored, or dropped, the object that was put. */
  acknowledged?(node: string, message: Envelope): void;
}

/** The cloud's end of the link to edge nodes: one WebSocket session per node. */
export class CloudHub implements Component {
  readonly name = "cloudhub";
  /** Frames of all nodes that were no envelope. */
  droppedFrames = 0;
  /** Sessions that sent more than they may. */
  slowedSessions = 0;
  /** Dials that were turned away. */
  refusedConnections = 0;
  readonly #config: HubConfig;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #identify: IdentifyNode;
  readonly #sessions = new Map<string, NodeSession>();
  readonly #createServer: () => Server;
  readonly #sockets: WebSocketServer;
  #listener: NodeListener | undefined;
  #stopTending: (() => void) | undefined;
  #server: Server | undefined;
  #port = 0;

  constructor(options: {
    config: HubConfig;
    clock: Clock;
    log: Log;
    identify?: IdentifyNode;
    /** Called at start. */
    createServer?: () => Server;
  }) {
    this.#config = options.config;
    this.#clock = options.clock;
    this.#log = options.log.child({ component: this.name });
    this.#identify = options.identify ?? identifyByHeader;
    this.#createServer = options.createServer ?? nodeHttp().createServer;
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: options.config.maxMessageBytes,
    });
    this.#sockets.on("headers", (headers, request) => {
      const features = featuresText(featuresOf(request.headers));
      if (features) headers.push(`${FEATURES_HEADER}: ${features}`);
    });
  }

  get port(): number {
    return this.#port;
  }

  get connectedNodes(): number {
    return this.#sessions.size;
  }

  /** Objects of all nodes that are not acknowledged yet. */
  get unackedObjects(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.unackedObjects;
    return sum;
  }

  /** Messages that arrive before this are not read: call it before start. */
  listenWith(listener: NodeListener): void {
    this.#listener = listener;
  }

  async start(): Promise<void> {
    const server = this.#createServer();
    this.#server = server;
    watchHandshakes(server, { clock: this.#clock, log: this.#log });
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    server.on("request", (_, response) => {
      response.writeHead(426, { "content-type": "text/plain", upgrade: "websocket" });
      response.end("cloudhub speaks WebSocket\n");
    });
    const { host, port, whenPortTaken: whenTaken } = this.#config;
    this.#port = await listen(server, { host, port, whenTaken });
    this.#stopTending = this.#clock.every(TEND_EVERY_MS, () => this.#tend());
  }

  async stop(): Promise<void> {
    this.#stopTending?.();
    for (const session of [...this.#sessions.values()]) session.end(1001, "cloudcore stops");
    this.#sockets.close();
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  isConnected(node: string): boolean {
    return this.#sessions.has(node);
  }

  /** Nothing happens when the node is not connected. */
  endSession(node: string, reason: string): void {
    this.#sessions.get(node)?.end(4409, reason);
  }

  /** Sent once; nothing happens when the node is not connected. */
  send(node: string, message: Envelope): void {
    this.#sessions.get(node)?.send(message);
  }

  /** Sent until acknowledged, superseded by a newer message with the same key, or disconnected. */
  put(node: string, key: string, message: Envelope): void {
    this.#sessions.get(node)?.put(key, message);
  }

  #tend(): void {
    const now = this.#clock.monotonic();
    for (const session of [...this.#sessions.values()]) session.tend(now);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#watch(socket);
    const handshake = this.#identify(request);
    if ("refusedWith" in handshake) {
      const { refusedWith: status, ...why } = handshake;
      this.#refuse(socket, { status, ...why, from: request.socket.remoteAddress });
      return;
    }
    const { node, validUntil } = handshake;
    if (!this.#sessions.has(node) && this.#sessions.size >= this.#config.nodeLimit) {
      const reason = `the limit of ${this.#config.nodeLimit} nodes is reached`;
      this.#refuse(socket, { status: 503, reason, node, from: request.socket.remoteAddress });
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (accepted) =>
      this.#accept(accepted, { node, validUntil, features: featuresOf(request.headers) }),
    );
  }

  /** By itself: what this listener closes over lives as long as the session, and a request is large. */
  #watch(socket: Duplex): void {
    socket.on("error", (error) => this.#log.debug("a dialling socket broke", { error }));
  }

  #refuse(
    socket: Duplex,
    why: { status: number; reason: string; node?: string; from?: string | undefined },
  ): void {
    const { status, reason } = why;
    this.refusedConnections += 1;
    this.#log.warn("refused a connection", why);
    const body = `${reason}\n`;
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }

  #accept(
    socket: WebSocket,
    who: { node: string; validUntil: number | undefined; features: Features },
  ): void {
    const { node, validUntil, features } = who;
    const older = this.#sessions.get(node);
    if (older) {
      this.#forget(older);
      older.end(4409, "another connection of this node took over");
    }
    const session: NodeSession = new NodeSession({
      node,
      socket,
      isBatching: features.frames,
      isOurs: features.isOurs,
      limits: this.#config,
      ...(validUntil !== undefined && { validUntil }),
      clock: this.#clock,
      log: this.#log.child({ node }),
      onMessage: (message) => {
        if (this.#sessions.get(node) === session) this.#listener?.messageArrived(node, message);
      },
      onAcknowledged: (message) => this.#listener?.acknowledged?.(node, message),
      onDropped: () => {
        this.droppedFrames += 1;
      },
      onSlowed: () => {
        this.slowedSessions += 1;
      },
      onClosed: () => this.#forget(session),
    });
    this.#sessions.set(node, session);
    this.#log.info("node connected", { node });
    this.#listener?.nodeConnected(node, features);
  }

  #forget(session: NodeSession): void {
    if (this.#sessions.get(session.node) !== session) return;
    this.#sessions.delete(session.node);
    this.#log.info("node disconnected", { node: session.node });
    this.#listener?.nodeDisconnected(session.node);
  }
}
