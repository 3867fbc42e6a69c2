import { randomUUID } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { User } from "../resources/index.ts";
import type { StatusError } from "../status/index.ts";
import { readBody } from "./body.ts";

const compress = promisify(gzip);
const COMPRESS_FROM = 128 * 1024;
const BROWSERS = /^(?:curl|Wget|Mozilla)/;

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: User;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly #warnings: string[] = [];
  readonly #settled: () => Promise<void>;

  /** `settled`: an answer that tells of the store waits for it; rejects when that is lost. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    o: { readonly user: User; readonly settled: () => Promise<void> },
  ) {
    this.request = request;
    this.response = response;
    this.user = o.user;
    this.#settled = o.settled;
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    this.pathname = mark < 0 ? url : url.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  }

  get method(): string {
    return this.request.method ?? "GET";
  }

  get userAgent(): string {
    return this.request.headers["user-agent"] ?? "";
  }

  body(): Promise<Buffer> {
    return readBody(this.request);
  }

  warn(text: string): void {
    this.#warnings.push(`299 - ${JSON.stringify(text)}`);
  }

  /** Answers `value`, or text that already is JSON, in the format that the client accepts. */
  async send(
    code: number,
    value: object | string,
    format: "json" | "yaml" = "json",
  ): Promise<void> {
    if (format === "yaml") {
      const { stringify } = await import("yaml");
      const object: unknown = typeof value === "string" ? JSON.parse(value) : value;
      return await this.sendText(code, stringify(object), { "Content-Type": "application/yaml" });
    }
    const text = typeof value === "string" ? this.#beautify(value) : this.#stringify(value);
    await this.sendText(code, text, { "Content-Type": "application/json" });
  }

  async sendText(
    code: number,
    text: string | Uint8Array,
    headers: OutgoingHttpHeaders,
  ): Promise<void> {
    const plain = typeof text === "string" ? Buffer.from(text) : Buffer.from(text);
    const isCompressed = plain.length > COMPRESS_FROM && this.#takesGzip();
    const body = isCompressed ? await compress(plain, { level: 1 }) : plain;
    if (code < 300) await this.#settled();
    this.begin(code, {
      ...headers,
      ...(isCompressed ? { "Content-Encoding": "gzip" } : {}),
      "Content-Length": body.length,
    });
    this.response.end(this.method === "HEAD" ? undefined : body);
  }

  /** Writes the headers; the body follows. */
  begin(code: number, headers: OutgoingHttpHeaders): void {
    const warnings = this.#warnings.length > 0 ? { Warning: this.#warnings } : {};
    this.response.writeHead(code, {
      "Audit-Id": randomUUID(),
      "Cache-Control": "no-cache, private",
      ...warnings,
      ...headers,
    });
  }

  async fail(error: StatusError): Promise<void> {
    if (this.response.headersSent) {
      this.response.destroy();
      return;
    }
    const retry = error.details?.retryAfterSeconds;
    if (retry !== undefined) this.response.setHeader("Retry-After", String(retry));
    await this.send(error.code, error.toStatus());
  }

  #stringify(value: object): string {
    return `${JSON.stringify(value, null, this.#isPretty() ? 2 : 0)}\n`;
  }

  #beautify(text: string): string {
    return this.#isPretty() ? this.#stringify(JSON.parse(text) as object) : text;
  }

  #isPretty(): boolean {
    const asked = this.query.get("pretty");
    if (asked === null) return BROWSERS.test(this.userAgent);
    return asked !== "false" && asked !== "0";
  }

  #takesGzip(): boolean {
    const encodings = String(this.request.headers["accept-encoding"] ?? "");
    return encodings.split(",").some((part) => part.split(";")[0]?.trim() === "gzip");
  }
}
