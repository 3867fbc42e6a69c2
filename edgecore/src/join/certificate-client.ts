import { createHash, X509Certificate } from "node:crypto";
import { type RequestOptions, request } from "node:https";
import { MapperkitError } from "@mapperkit/api";
import { dialFailureText } from "./dial-failure.ts";

const MAX_ANSWER_BYTES = 64 * 1024;

/** How the edge proves who it is to the certificate server. */
export type Proof =
  | { readonly bearer: string }
  | { readonly key: string; readonly certificate: string };

/** Gets certificates from cloudcore over HTTPS (cloudhub-wire §3.12). */
export class CertificateClient {
  readonly #url: URL;

  /** @param url `https://host:10002` */
  constructor(url: string) {
    this.#url = new URL(url);
  }

  /**
   * The cloud's CA in PEM. Fetched from anybody, and believed because of its fingerprint.
   * @throws MapperkitError `rejected` when it is another's; `unreachable`
   */
  async fetchAuthority(fingerprint: string, signal: AbortSignal): Promise<string> {
    const der = await this.#get("/ca.crt", { rejectUnauthorized: false, signal });
    if (createHash("sha256").update(der).digest("hex") === fingerprint) return pemOf(der);
    throw new MapperkitError(
      "rejected",
      `the cloud at ${this.#url.host} is not the one that made the token: compare the address, or make a token at this cloud`,
    );
  }

  /**
   * The node's certificate in PEM, from a server that `ca` vouches for.
   * @throws MapperkitError `rejected` with the cloud's reason; `unreachable`
   */
  async requestCertificate(
    wish: { node: string; csr: Buffer; ca: string; proof: Proof },
    signal: AbortSignal,
  ): Promise<string> {
    const { proof } = wish;
    const authorization = "bearer" in proof ? { authorization: `Bearer ${proof.bearer}` } : {};
    const identity = "key" in proof ? { key: proof.key, cert: proof.certificate } : {};
    const options = {
      ca: wish.ca,
      ...identity,
      headers: { NodeName: wish.node, ...authorization },
      signal,
    };
    return pemOf(await this.#get("/edge.crt", options, wish.csr));
  }

  /** KubeEdge wants the request in the body of a GET, which fetch() forbids. */
  #get(path: string, options: RequestOptions, body?: Buffer): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const length = body && { "content-length": body.length };
    const headers = { ...options.headers, ...length } as RequestOptions["headers"];
    const wire = request(new URL(path, this.#url), { ...options, headers, agent: false });
    wire.on("error", (cause) => reject(this.#unreachable(cause)));
    wire.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("error", (cause) => reject(this.#unreachable(cause)));
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) wire.destroy(new Error("the answer is too long"));
        chunks.push(chunk);
      });
      response.on("end", () => {
        const answer = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(answer);
        else reject(refusal(response.statusCode ?? 0, answer));
      });
    });
    wire.end(body);
    return promise;
  }

  #unreachable(cause: Error): MapperkitError {
    const message = `no certificate from ${this.#url.host}: ${dialFailureText(cause)}`;
    return new MapperkitError("unreachable", message, { cause });
  }
}

function refusal(status: number, body: Buffer): MapperkitError {
  const reason = body.toString("utf8").trim().slice(0, 500) || "no reason given";
  const code = status >= 500 ? "unreachable" : "rejected";
  return new MapperkitError(code, `the cloud refused (${status}): ${reason}`);
}

function pemOf(der: Buffer): string {
  try {
    return new X509Certificate(der).toString();
  } catch (cause) {
    throw new MapperkitError("invalid_input", "the cloud's answer is not a certificate", { cause });
  }
}
