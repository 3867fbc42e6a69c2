import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Log } from "@mapperkit/runtime";
import type { Authenticator } from "../auth/index.ts";
import type { World } from "../objects/index.ts";
import { internalError, StatusError, unauthorized } from "../status/index.ts";
import type { WatchHub } from "../watch/index.ts";
import { DiscoveryHandler, sendNotFound } from "./discovery-handler.ts";
import { Exchange } from "./exchange.ts";
import { parsePath, type RequestPath } from "./request-path.ts";
import { ResourceHandler } from "./resource-handler.ts";
import { handleServerInfo, isOpenPath } from "./server-info.ts";

/** Go clients keep idle connections for 90 s: they must be the ones to close. */
const KEEP_ALIVE_MS = 120_000;
const HEADERS_MS = 60_000;

export interface ServerKeys {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly authorityPem: string;
}

/** The HTTPS side: credentials, routing, and errors as Status objects. */
export class ApiServer {
  readonly server: Server;
  readonly #resources: ResourceHandler;
  readonly #discovery: DiscoveryHandler;
  readonly #authenticator: Authenticator;
  readonly #log: Log;
  readonly #stopping = new AbortController();

  constructor(o: {
    readonly world: World;
    readonly hub: WatchHub;
    readonly keys: ServerKeys;
    readonly authenticator: Authenticator;
    readonly log: Log;
  }) {
    this.#resources = new ResourceHandler(o.world, o.hub, this.#stopping.signal);
    this.#discovery = new DiscoveryHandler(o.world.registry);
    this.#authenticator = o.authenticator;
    this.#log = o.log;
    this.server = createServer(
      {
        cert: o.keys.certificatePem,
        key: o.keys.privateKeyPem,
        ca: o.keys.authorityPem,
        requestCert: true,
        // Tokens come without a certificate; the authenticator looks at the outcome itself.
        rejectUnauthorized: false,
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: HEADERS_MS,
        requestTimeout: 0,
        noDelay: true,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.server.timeout = 0;
    this.server.on("tlsClientError", (error) => {
      this.#log.debug("TLS handshake failed", { error: error.message });
    });
  }

  /** Ends watches and connections; resolves when all are closed. */
  async close(): Promise<void> {
    this.#stopping.abort();
    if (!this.server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.server.close(() => resolve());
    // Watches end cleanly in this turn; what is still open afterwards is idle or abandoned.
    setImmediate(() => setImmediate(() => this.server.closeAllConnections()));
    await promise;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const user = this.#authenticator.authenticate(request);
    const exchange = new Exchange(
      request,
      response,
      user ?? { name: "system:anonymous", groups: [] },
    );
    response.on("error", () => response.destroy());
    try {
      const path = parsePath(exchange.pathname);
      const isOpen = path.kind === "other" && isOpenPath(path.segments);
      if (user === undefined && !isOpen) throw unauthorized();
      await this.#route(exchange, path);
    } catch (error) {
      await this.#fail(exchange, error);
    }
  }

  async #route(exchange: Exchange, path: RequestPath): Promise<void> {
    if (path.kind === "resource") return await this.#resources.handle(exchange, path.resource);
    if (path.kind === "discovery") return await this.#discovery.handle(exchange, path.discovery);
    const { segments } = path;
    if (isOpenPath(segments)) return await handleServerInfo(exchange, segments);
    if (segments[0] === "openapi")
      return await this.#discovery.openApi(exchange, segments.slice(1));
    await sendNotFound(exchange);
  }

  async #fail(exchange: Exchange, error: unknown): Promise<void> {
    // The client left while we read or wrote: nobody is there to be told.
    if (exchange.request.destroyed && !exchange.response.writable) return;
    const status = error instanceof StatusError ? error : internalError(messageOf(error), error);
    if (!(error instanceof StatusError)) {
      const { method, pathname } = exchange;
      this.#log.error("request failed", { method, path: pathname, error: messageOf(error) });
    }
    try {
      await exchange.fail(status);
    } catch (cause) {
      this.#log.debug("answer not sent", { path: exchange.pathname, error: messageOf(cause) });
      exchange.response.destroy();
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
