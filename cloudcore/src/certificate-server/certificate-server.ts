import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { MapperkitError } from "@mapperkit/api";
import { type Clock, type Component, type Log, listen } from "@mapperkit/runtime";
import { type HubCertificates, isNodeName } from "../certificates/index.ts";
import { type KubeClient, NODES, orUndefined } from "../kube/index.ts";
import { CertificateOffice } from "./certificate-office.ts";
import type { CertificateServerConfig } from "./certificate-server-config.ts";

const MAX_BODY_BYTES = 64 * 1024;
const REQUEST_WITHIN_MS = 30_000;
const MAX_CONNECTIONS = 1_000;

const STATUS: Readonly<Partial<Record<MapperkitError["code"], number>>> = {
  invalid_input: 400,
  rejected: 401,
  not_found: 404,
  unreachable: 503,
  timed_out: 503,
};

interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
}

/**
 * HTTPS for edges that join or renew their certificate (cloudhub-wire §3.12). The endpoints of
 * KubeEdge that take task states from anybody are not served.
 */
export class CertificateServer implements Component {
  readonly name = "certificate-server";
  readonly #config: CertificateServerConfig;
  readonly #client: KubeClient;
  readonly #certificates: HubCertificates;
  readonly #onJoined: ((node: string) => void) | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #office: CertificateOffice | undefined;
  #server: Server | undefined;
  #port = 0;

  constructor(options: {
    config: CertificateServerConfig;
    client: KubeClient;
    certificates: HubCertificates;
    /** Told of each node that a token let in. */
    onJoined?: (node: string) => void;
    clock: Clock;
    log: Log;
  }) {
    this.#config = options.config;
    this.#client = options.client;
    this.#certificates = options.certificates;
    this.#onJoined = options.onJoined;
    this.#clock = options.clock;
    this.#log = options.log.child({ component: this.name });
  }

  /** 0 until it listens. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#office = new CertificateOffice({
      authority: this.#certificates.authority,
      config: this.#config,
      client: this.#client,
      onJoined: this.#onJoined,
      clock: this.#clock,
      log: this.#log,
    });
    const options = { ...this.#certificates.tls, requestTimeout: REQUEST_WITHIN_MS };
    const server = createServer(
      options,
      (request, response) => void this.#serve(request, response),
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.on("tlsClientError", (error) => this.#log.debug("a TLS handshake failed", { error }));
    this.#server = server;
    const { host, port, whenPortTaken: whenTaken } = this.#config;
    this.#port = await listen(server, { host, port, whenTaken });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const from = request.socket.remoteAddress;
    try {
      const { status, body } = await this.#answer(request);
      reply(response, status, body);
    } catch (error) {
      const code = error instanceof MapperkitError ? error.code : "internal";
      this.#log.warn("refused a request of an edge", {
        from,
        path: request.url?.slice(0, 128),
        node: request.headers.nodename,
        error,
      });
      const reason = error instanceof MapperkitError ? error.message : "internal error";
      reply(response, STATUS[code] ?? 500, `${reason}\n`);
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const path = new URL(request.url ?? "/", "https://hub").pathname;
    if (request.method !== "GET") return { status: 405, body: "only GET is served\n" };
    if (path === "/ca.crt") {
      return { status: 200, body: this.#certificates.authority.certificateDer };
    }
    if (path === "/edge.crt") {
      const body = await readBody(request);
      const certificate = await this.#office?.certify(request, body, this.#stopping.signal);
      return { status: 200, body: certificate ?? "" };
    }
    const node = /^\/node\/([^/]+)$/.exec(path)?.[1];
    if (node !== undefined) return this.#findNode(node);
    return { status: 404, body: "not found\n" };
  }

  async #findNode(name: string): Promise<Answer> {
    const found =
      isNodeName(name) &&
      (await this.#client
        .get(NODES, { name }, this.#stopping.signal)
        .catch(orUndefined("not_found")));
    return found ? { status: 200, body: "Node found" } : { status: 404, body: "Node not found" };
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) {
      throw new MapperkitError("invalid_input", `body: longer than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, status: number, body: string | Buffer): void {
  if (response.destroyed || response.headersSent) return;
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/octet-stream";
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
