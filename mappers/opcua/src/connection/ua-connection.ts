import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { ClientSession, OPCUAClient, Response } from "node-opcua-client";
import { textOf } from "./connect-failure.ts";

/** What a server takes in one request; 0 or absent is no limit. */
export interface OperationLimits {
  readonly maxRead: number;
  readonly maxWrite: number;
  readonly maxMonitor: number;
}

export interface ConnectionParts {
  readonly client: OPCUAClient;
  readonly session: ClientSession;
  /** The server's namespaces, in order. */
  readonly namespaces: readonly string[];
  readonly limits: OperationLimits;
  readonly clock: Clock;
  /** Longest wait for an answer, ms. */
  readonly timeoutMs: number;
  /** Gives back what belongs to the connection. */
  readonly release: () => Promise<void>;
}

/** An open session with a server, until it is closed or lost. */
export class UaConnection {
  readonly session: ClientSession;
  readonly namespaces: readonly string[];
  readonly limits: OperationLimits;
  readonly #parts: ConnectionParts;
  readonly #gone = Promise.withResolvers<MapperkitError>();
  readonly #unsubscribed = new Set<() => void>();
  #lost: MapperkitError | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: ConnectionParts) {
    const { client, session, namespaces, limits } = parts;
    this.#parts = parts;
    this.session = session;
    this.namespaces = namespaces;
    this.limits = limits;
    const gone = (why: string) => () => this.lose(new MapperkitError("unreachable", why));
    client.on("connection_lost", gone("the connection to the server is lost"));
    client.on("close", gone("the server closed the connection"));
    session.on("session_closed", gone("the server closed the session"));
    client.on("receive_response", (response) => this.#hear(response));
  }

  /** Resolves with the reason when it is lost. */
  get gone(): Promise<MapperkitError> {
    return this.#gone.promise;
  }

  /** Calls back when the server says that it has no subscription of ours, until the result is called. */
  whenUnsubscribed(heard: () => void): () => void {
    this.#unsubscribed.add(heard);
    return () => this.#unsubscribed.delete(heard);
  }

  /**
   * Runs one service call. One that says that the session is no more ends the connection.
   * @throws MapperkitError `unreachable`, `timed_out`, or the server's answer as `conflict`
   */
  async call<T>(what: string, work: (session: ClientSession) => Promise<T>): Promise<T> {
    if (this.#lost) throw this.#lost;
    const settled = new AbortController();
    try {
      return await Promise.race([work(this.session), this.#deadline(what, settled.signal)]);
    } catch (cause) {
      const error = serviceFailure(what, cause);
      if (error.code === "unreachable") this.lose(error);
      throw error;
    } finally {
      settled.abort();
    }
  }

  lose(error: MapperkitError): void {
    if (this.#lost || this.#closing) return;
    this.#lost = error;
    this.#gone.resolve(error);
  }

  /** Resolves when nothing of it is open any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** What the server answers to publish requests reaches nobody else. */
  #hear({ responseHeader: { serviceResult } }: Response): void {
    if (/^BadSession(Closed|IdInvalid)$/.test(serviceResult.name)) {
      this.lose(new MapperkitError("unreachable", `the server says ${serviceResult.name}`));
    }
    if (serviceResult.name !== "BadNoSubscription") return;
    for (const heard of [...this.#unsubscribed]) heard();
  }

  async #close(): Promise<void> {
    const { client, release, clock } = this.#parts;
    const end = async () => {
      if (!this.#lost) await this.session.close(true);
      await client.disconnect();
    };
    const done = new AbortController();
    // A server that does not answer any more is not waited for.
    await Promise.race([end(), clock.sleep(FAREWELL_MS, done.signal)]).catch(() => undefined);
    done.abort();
    await release();
  }

  async #deadline(what: string, settled: AbortSignal): Promise<never> {
    const { clock, timeoutMs } = this.#parts;
    await clock.sleep(timeoutMs, settled);
    const message = `${what}: the server did not answer within ${timeoutMs} ms`;
    throw new MapperkitError("timed_out", message);
  }
}

/** Longer would hold up the end of the mapper. */
const FAREWELL_MS = 1500;
const SESSION_IS_GONE =
  /BadSession|BadSecureChannel|BadConnectionClosed|BadNotConnected|BadServerNotConnected|BadServerHalted|BadShutdown|BadTcp|BadSecurityChecks|ECONN|EPIPE|premature|[Cc]onnection|[Ss]ocket|[Ii]nvalid [Cc]hannel|not connected|closed/;

function serviceFailure(what: string, cause: unknown): MapperkitError {
  if (cause instanceof MapperkitError) return cause;
  const text = textOf(cause);
  if (/BadTimeout|BadRequestTimeout|timed? ?out/i.test(text)) {
    return new MapperkitError("timed_out", `${what}: the server did not answer (${text})`, {
      cause,
    });
  }
  const code = SESSION_IS_GONE.test(text) ? "unreachable" : "conflict";
  return new MapperkitError(code, `${what}: ${text}`, { cause });
}
