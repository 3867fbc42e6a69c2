import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { isIP } from "node:net";
import { type Clock, type Component, type Log, listen, type Random } from "@mapperkit/runtime";
import { type CertifiedKey, issueCertificate } from "@mapperkit/runtime/certificates";
import { answerAdmission } from "../admission/index.ts";
import { type KubeClient, untilReachable } from "../kube/index.ts";
import { loadConversionAuthority } from "./conversion-authority.ts";
import { answerReview, type ConversionAnswer, unreadableReview } from "./conversion-review.ts";
import type { WebhookConfig } from "./webhook-config.ts";

const SERVER_DAYS = 3_650;
const PATH = "/convert";
const ADMISSION_PATH = "/admit";
/** The API server sends at most a page of objects at a time. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** What a CRD, or an admission webhook, must say so that the API server finds the webhook and believes it. */
export interface WebhookClientConfig {
  /** One of the two; the other is null, so that a merge patch takes it away. */
  readonly url: string | null;
  readonly service: {
    readonly name: string;
    readonly namespace: string;
    readonly port: number;
    readonly path: string;
  } | null;
  /** PEM in base64. */
  readonly caBundle: string;
}

/**
 * Converts Devices and DeviceModels between v1alpha2 and v1beta1 for the API server, and warns who
 * writes them. Stateless: it may run alone and as often as wanted. When it is away, v1beta1 goes on
 * working.
 */
export class ConversionWebhook implements Component {
  readonly name = "conversion-webhook";
  readonly #config: WebhookConfig;
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #authority: CertifiedKey | undefined;
  #server: Server | undefined;
  #port = 0;

  constructor(options: {
    config: WebhookConfig;
    client: KubeClient;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#config = options.config;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log.child({ component: this.name });
  }

  /** 0 until it listens, and when it is not enabled. */
  get port(): number {
    return this.#port;
  }

  /** Of the conversion. Undefined where there is no webhook. */
  get clientConfig(): WebhookClientConfig | undefined {
    return this.#clientConfig(PATH);
  }

  /** The same of the admission, beside the conversion. */
  get admissionConfig(): WebhookClientConfig | undefined {
    return this.#clientConfig(ADMISSION_PATH);
  }

  /** Waits for the API server, which keeps the certificate authority. */
  async start(signal: AbortSignal): Promise<void> {
    const { enabled, url, service } = this.#config;
    if (!enabled && !url && !service) return;
    const authority = await untilReachable(
      (inner) =>
        loadConversionAuthority({ client: this.#client, clock: this.#clock, signal: inner }),
      { clock: this.#clock, random: this.#random, log: this.#log, signal },
    );
    this.#authority = authority;
    if (!this.#config.enabled) return;
    const certificate = await issueCertificate(authority, {
      commonName: this.name,
      ...this.#alternativeNames(),
      usage: "server",
      days: SERVER_DAYS,
      now: this.#clock.now(),
    });
    this.#server = createServer(
      { cert: certificate.certificatePem, key: certificate.privateKeyPem },
      (request, response) => void this.#answer(request, response),
    );
    const { host, port, whenPortTaken: whenTaken } = this.#config;
    this.#port = await listen(this.#server, { host, port, whenTaken });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  #clientConfig(path: string): WebhookClientConfig | undefined {
    if (!this.#authority) return undefined;
    const caBundle = Buffer.from(this.#authority.certificatePem).toString("base64");
    const { service } = this.#config;
    if (service) return { url: null, service: { ...service, path }, caBundle };
    const url = path === PATH ? this.#url() : new URL(path.slice(1), this.#url()).href;
    return { url, service: null, caBundle };
  }

  #url(): string {
    const host = this.#reachableHost();
    const literal = isIP(host) === 6 ? `[${host}]` : host;
    return this.#config.url ?? `https://${literal}:${this.#port}${PATH}`;
  }

  /** A server that listens everywhere is reached, without further word, on this machine. */
  #reachableHost(): string {
    const { host } = this.#config;
    if (host === "0.0.0.0") return "127.0.0.1";
    return host === "::" ? "::1" : host;
  }

  #alternativeNames(): { dnsNames: string[]; ipAddresses: string[] } {
    const { url, service } = this.#config;
    const fromUrl = url ? [new URL(url).hostname] : [];
    const fromService = service ? [`${service.name}.${service.namespace}.svc`] : [];
    const hosts = new Set([
      ...[...fromUrl.map(withoutBrackets), ...fromService],
      this.#reachableHost(),
    ]);
    const all = [...hosts];
    return {
      dnsNames: all.filter((host) => isIP(host) === 0),
      ipAddresses: all.filter((host) => isIP(host) !== 0),
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") {
      reply(response, request.url === "/healthz" ? 200 : 405, { ok: request.url === "/healthz" });
      return;
    }
    try {
      const body: unknown = JSON.parse(await readBody(request));
      const isAdmission = new URL(request.url ?? "", "https://any").pathname.endsWith(
        ADMISSION_PATH,
      );
      reply(response, 200, isAdmission ? answerAdmission(body) : this.#convert(body));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn("a webhook request cannot be read", { error });
      reply(response, 400, unreadableReview(why));
    }
  }

  #convert(body: unknown): ConversionAnswer {
    const answer = answerReview(body);
    const { result } = answer.response;
    if (result.status === "Failure") this.#log.warn("conversion failed", { ...result });
    return answer;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reply(response: ServerResponse, code: number, body: ConversionAnswer | object): void {
  if (response.destroyed) return;
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
