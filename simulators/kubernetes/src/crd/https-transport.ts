import { Agent, request } from "node:https";
import type { ConversionTransport } from "./conversion.ts";

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Webhooks over HTTPS; connections are kept, each authority has its own. */
export class HttpsTransport implements ConversionTransport {
  readonly #agent = new Agent({ keepAlive: true, timeout: TIMEOUT_MS });

  async post(
    { url, caBundle }: { readonly url: string; readonly caBundle: string | undefined },
    body: string,
  ): Promise<string> {
    const ca = caBundle === undefined ? undefined : Buffer.from(caBundle, "base64");
    try {
      return await this.#send(url, ca, body);
    } catch (error) {
      // A kept connection may have been closed by the far side as we wrote; a conversion may run twice.
      if ((error as { code?: string }).code !== "ECONNRESET") throw error;
      return await this.#send(url, ca, body);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(url: string, ca: Buffer | undefined, body: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
    };
    const sent = request(url, {
      method: "POST",
      headers,
      agent: this.#agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(ca === undefined ? {} : { ca }),
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
