import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { RealClock } from "@mapperkit/runtime";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";

// biome-ignore lint/suspicious/noExplicitAny: tests look into reviews of every shape.
type Review = any;

/** An admission webhook over TLS that answers as a test says. */
export class TestWebhook implements AsyncDisposable {
  /** Every `request` it was sent. */
  readonly requests: Review[] = [];
  readonly caBundle: string;
  readonly port: number;
  /** The response without its uid; nothing at all leaves the caller waiting. */
  answer: (request: Review) => object | undefined = () => ({ allowed: true });
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, authorityPem: string) {
    this.#server = server;
    this.caBundle = Buffer.from(authorityPem).toString("base64");
    this.port = (server.address() as AddressInfo).port;
  }

  /** Its certificate is for 127.0.0.1 and for `dnsNames`. */
  static async start(dnsNames: readonly string[] = []): Promise<TestWebhook> {
    const now = new RealClock().now();
    const authority = await createAuthority({ commonName: "webhook-ca", days: 1, now });
    const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
      commonName: "webhook",
      dnsNames: [...dnsNames],
      ipAddresses: ["127.0.0.1"],
      usage: "server",
      days: 1,
      now,
    });
    const server = createServer({ cert: certificatePem, key: privateKeyPem });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const webhook = new TestWebhook(server, authority.certificatePem);
    server.on("request", async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const review = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      webhook.requests.push(review.request);
      const answer = webhook.answer(review.request);
      if (answer === undefined) return;
      const { kind, apiVersion } = review;
      const body = { kind, apiVersion, response: { uid: review.request.uid, ...answer } };
      response.end(JSON.stringify(body));
    });
    return webhook;
  }

  clientConfig(): object {
    return { url: `https://127.0.0.1:${this.port}/check`, caBundle: this.caBundle };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** A JSON patch as a webhook answers it. */
export function patching(...operations: object[]): object {
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  return { allowed: true, patchType: "JSONPatch", patch };
}
