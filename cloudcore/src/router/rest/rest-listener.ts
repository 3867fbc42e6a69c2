import { readFile } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type Clock, type Component, type Log, listen, nodeHttp } from "@mapperkit/runtime";
import type { RouterConfig } from "../router-config.ts";
import { endToEnd, fieldsOf } from "./http-fields.ts";
import { readBody } from "./read-body.ts";
import { RestProblem } from "./rest-problem.ts";
import type { RestAnswer, RestRequests } from "./rest-requests.ts";

const MAX_HEADER_BYTES = 32 * 1024;

/** Says who sends a bearer token: the user first, then groups. Undefined: nobody. */
export type Authenticate = (
  token: string,
  signal: AbortSignal,
) => Promise<readonly string[] | undefined>;

/** The HTTP listener of rules whose source is `rest`. */
export class RestListener implements Component {
  readonly name = "router";
  readonly #config: RouterConfig;
  readonly #requests: RestRequests;
  readonly #authenticate: Authenticate;
  readonly #log: Log;
  #server: Server | undefined;
  #port = 0;

  constructor(options: {
    config: RouterConfig;
    requests: RestRequests;
    authenticate: Authenticate;
    clock: Clock;
    log: Log;
  }) {
    this.#config = options.config;
    this.#requests = options.requests;
    this.#authenticate = options.authenticate;
    this.#log = options.log.child({ component: this.name });
  }

  /** 0 until started. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { host, port, whenPortTaken: whenTaken, tls } = this.#config;
    const limits = { maxHeaderSize: MAX_HEADER_BYTES };
    const server = tls
      ? createTlsServer({
          ...limits,
          cert: await readFile(tls.certificate),
          key: await readFile(tls.key),
          minVersion: "TLSv1.2",
        })
      : nodeHttp().createServer(limits);
    this.#server = server;
    server.on("request", (request, response) => void this.#serve(request, response));
    this.#port = await listen(server, { host, port, whenTaken });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      const caller = await this.#callerOf(request, gone.signal);
      const dropped = ["host", "content-length", "expect", ...(caller ? ["authorization"] : [])];
      const answer = await this.#requests.handle({
        method: request.method ?? "GET",
        target: request.url ?? "/",
        fields: endToEnd(fieldsOf(request.rawHeaders), dropped),
        body: () => readBody(request, this.#config.maxBodyBytes),
        ...(caller && { caller }),
        signal: gone.signal,
      });
      send(request, response, answer);
    } catch (error) {
      request.resume();
      if (!(error instanceof RestProblem)) this.#log.error("a request failed", { error });
      tell(response, error);
    }
  }

  async #callerOf(
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    if (this.#config.authentication === "off") return undefined;
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const caller = token === undefined ? undefined : await this.#authenticate(token, signal);
    if (caller) return caller;
    const what = "send a bearer token of Kubernetes that is valid";
    throw new RestProblem(401, "request", what, { "www-authenticate": "Bearer" });
  }
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, fields, body }: RestAnswer,
): void {
  const isBodiless = method === "HEAD" || status === 204 || status === 304;
  for (const [name, values] of Object.entries(fields)) {
    if (name !== "content-length") response.setHeader(name, [...values]);
  }
  if (!isBodiless) response.setHeader("content-length", body.length);
  else if (method === "HEAD" && fields["content-length"])
    response.setHeader("content-length", fields["content-length"][0] ?? "0");
  response.writeHead(status);
  response.end(isBodiless ? undefined : body);
}

function tell(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const known = error instanceof RestProblem ? error : undefined;
  const { status = 500, stage = "request", headers = {} } = known ?? {};
  const body = JSON.stringify({ error: known?.message ?? "internal error", stoppedAt: stage });
  response.writeHead(status, { ...headers, "content-type": "application/json" });
  response.end(`${body}\n`);
}
