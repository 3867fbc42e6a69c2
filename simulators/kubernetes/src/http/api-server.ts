import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Clock, Log } from "@mapperkit/runtime";
import { type AccountTokens, type Authenticator, ISSUER, impersonate } from "../auth/index.ts";
import { attributesOf, type Rbac } from "../authorization/index.ts";
import type { World } from "../objects/index.ts";
import { Exchange, parsePath, type RequestPath } from "../requests/index.ts";
import type { Judge } from "../resources/index.ts";
import { internalError, notAllowed, StatusError, unauthorized } from "../status/index.ts";
import type { WatchHub } from "../watch/index.ts";
import { DiscoveryHandler, sendNotFound } from "./discovery-handler.ts";
import { ResourceHandler } from "./resource-handler.ts";
import { handleServerInfo, isOpenPath } from "./server-info.ts";

/** Go clients keep idle connections for 90 s: they must be the ones to close. */
const KEEP_ALIVE_MS = 120_000;
const HEADERS_MS = 60_000;
const GRACE_MS = 2000;
const ANONYMOUS = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const KEY_SET_PATH = "/openid/v1/jwks";
const ISSUER_CONFIGURATION = {
  issuer: ISSUER,
  jwks_uri: `${ISSUER}${KEY_SET_PATH}`,
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
};

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
  readonly #rbac: Rbac;
  readonly #tokens: AccountTokens;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #store: World["store"];
  readonly #stopping = new AbortController();
  readonly #open = new Set<ServerResponse>();

  constructor(o: {
    readonly world: World;
    readonly hub: WatchHub;
    readonly keys: ServerKeys;
    readonly authenticator: Authenticator;
    readonly rbac: Rbac;
    readonly tokens: AccountTokens;
    readonly log: Log;
  }) {
    const { authenticator, rbac, tokens } = o;
    const judge: Judge = {
      judge: (user, asked) => rbac.judge(user, asked),
      rulesFor: (user, namespace) => rbac.rulesFor(user, namespace),
      checkToken: (token, audiences) => authenticator.checkToken(token, audiences),
    };
    this.#resources = new ResourceHandler({ ...o, judge, stopping: this.#stopping.signal });
    this.#rbac = rbac;
    this.#tokens = tokens;
    this.#discovery = new DiscoveryHandler(o.world.registry);
    this.#authenticator = o.authenticator;
    this.#log = o.log;
    this.#clock = o.world.clock;
    this.#store = o.world.store;
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

  /** Ends watches cleanly, gives open requests a moment, then closes every connection. */
  async close(): Promise<void> {
    for (const response of this.#open) response.shouldKeepAlive = false;
    this.#stopping.abort();
    if (!this.server.listening) return;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.server.close(() => resolve());
    const patience = new AbortController();
    const outOfPatience = this.#clock.sleep(GRACE_MS, patience.signal).catch(() => undefined);
    await Promise.race([closed, outOfPatience]);
    patience.abort();
    this.server.closeAllConnections();
    await closed;
  }

  #track(response: ServerResponse): void {
    this.#open.add(response);
    response.once("close", () => this.#open.delete(response));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#track(response);
    response.on("error", () => response.destroy());
    const settled = this.#store.witness();
    let exchange = new Exchange(request, response, { user: ANONYMOUS, settled });
    try {
      const path = parsePath(exchange.pathname);
      if (path.kind !== "other" || !isOpenPath(path.segments)) {
        const sender = await this.#authenticator.authenticate(request);
        if (sender === undefined) throw unauthorized();
        const user = impersonate(sender, request.headers, this.#rbac);
        exchange = new Exchange(request, response, { user, settled });
        const asked = attributesOf(exchange.method, exchange.pathname, path, exchange.query);
        if (!this.#rbac.judge(user, asked).allowed) throw notAllowed(user.name, asked);
      }
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
    if (exchange.method === "GET" && exchange.pathname === KEY_SET_PATH) {
      return await exchange.send(200, await this.#tokens.keySet());
    }
    if (exchange.method === "GET" && exchange.pathname === "/.well-known/openid-configuration") {
      return await exchange.send(200, ISSUER_CONFIGURATION);
    }
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
