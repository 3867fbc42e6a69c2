import { Agent, request } from "node:https";

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;

export interface WebhookTarget {
  readonly url: string;
  /** base64 of PEM; without it the system's authorities decide */
  readonly caBundle: string | undefined;
  /** Where to connect, when that is not what the URL names. */
  readonly address?: { readonly host: string; readonly port: number } | undefined;
}

/** Sends JSON to a webhook and gives back the body of the answer. */
export interface WebhookTransport {
  post(target: WebhookTarget, body: string, timeoutMs?: number): Promise<string>;
}

/** Webhooks over HTTPS; connections are kept, each authority has its own. */
export class HttpsTransport implements WebhookTransport {
  readonly #agent = new Agent({ keepAlive: true, timeout: TIMEOUT_MS });

  async post(target: WebhookTarget, body: string, timeoutMs = TIMEOUT_MS): Promise<string> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await this.#send(target, body, signal);
    } catch (error) {
      if (signal.aborted) throw new Error("context deadline exceeded", { cause: error });
      // A kept connection may have been closed by the far side as we wrote; a webhook may run twice.
      if ((error as { code?: string }).code !== "ECONNRESET") throw error;
      return await this.#send(target, body, signal);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send({ url, caBundle, address }: WebhookTarget, body: string, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const { hostname, host } = new URL(url);
    const sent = request(url, {
      method: "POST",
      headers: {
        Host: host,
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
      },
      agent: this.#agent,
      signal,
      ...(caBundle ? { ca: Buffer.from(caBundle, "base64") } : {}),
      ...(address === undefined
        ? {}
        : { hostname: address.host, port: address.port, servername: hostname }),
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) sent.destroy(new Error("the answer is too large"));
        else chunks.push(chunk);
      });
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
        else reject(new Error(`the server answered ${response.statusCode}`));
      });
    });
    sent.end(body);
    return promise;
  }
}
