import type * as http from "node:http";
import * as https from "node:https";
import { MapperkitError } from "@mapperkit/api";
import { nodeHttp } from "@mapperkit/runtime";
import type { KubeAccess } from "../access/kube-access.ts";

/** More calls than this wait for a free socket; watches do not count. */
const MAX_CALL_SOCKETS = 96;
const TCP_KEEPALIVE_MS = 30_000;

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** A watch holds its socket for minutes, so it takes none of those for calls. */
  readonly isWatch?: boolean;
}

/** Keep-alive connections to one API server with one set of credentials. */
export class KubeConnection {
  readonly access: KubeAccess;
  readonly #userAgent: string;
  readonly #agents: { readonly calls: http.Agent; readonly watches: http.Agent };
  readonly #isTls: boolean;

  constructor(access: KubeAccess, userAgent: string) {
    this.#userAgent = userAgent;
    this.access = access;
    this.#isTls = access.server.startsWith("https:");
    this.#agents = { calls: this.#agent(MAX_CALL_SOCKETS), watches: this.#agent(Infinity) };
  }

  /** Resolves with the response's head. @throws MapperkitError `unreachable`, or the signal's reason */
  send(request: WireRequest): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = (this.#isTls ? https : nodeHttp()).request(
        `${this.access.server}${request.path}`,
        {
          agent: request.isWatch ? this.#agents.watches : this.#agents.calls,
          method: request.method,
          headers: this.#headers(request),
          signal: request.signal,
        },
        resolve,
      );
      outgoing.on("error", (cause) => reject(this.#failure(request.signal, cause)));
      outgoing.end(request.body);
    });
  }

  close(): void {
    this.#agents.calls.destroy();
    this.#agents.watches.destroy();
  }

  #agent(maxSockets: number): http.Agent {
    const shared = { keepAlive: true, keepAliveMsecs: TCP_KEEPALIVE_MS, maxSockets };
    const { access } = this;
    if (!this.#isTls) return new (nodeHttp().Agent)(shared);
    return new https.Agent({
      ...shared,
      rejectUnauthorized: !access.insecureSkipTlsVerify,
      ...(access.ca && { ca: access.ca }),
      ...(access.certificate && { cert: access.certificate }),
      ...(access.key && { key: access.key }),
      ...(access.serverName && { servername: access.serverName }),
    });
  }

  #headers(request: WireRequest): http.OutgoingHttpHeaders {
    const { token } = this.access;
    return {
      accept: "application/json",
      "user-agent": this.#userAgent,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(request.body !== undefined && { "content-length": Buffer.byteLength(request.body) }),
      ...request.headers,
    };
  }

  #failure(signal: AbortSignal, cause: Error): unknown {
    if (signal.aborted) return signal.reason;
    return new MapperkitError(
      "unreachable",
      `the Kubernetes API at ${this.access.server} cannot be reached: ${cause.message}`,
      { cause, details: { server: this.access.server } },
    );
  }
}
