import { Backoff, type Clock, type Component, type Log, type Random } from "@mapperkit/runtime";
import { CertificateClient } from "./certificate-client.ts";
import {
  type CredentialFiles,
  type Credentials,
  readCredentials,
  validityOf,
  writeCredentials,
} from "./credential-files.ts";

/** As KubeEdge: between 70 and 90 % of the life, each node at a moment of its own. */
const EARLIEST = 0.7;
const SPREAD = 0.2;
const RETRY = { initialMs: 2_000, maxMs: 32_000 };
/** The clock may be set meanwhile, and somebody may join the node anew. */
const LOOK_AGAIN_MS = 3_600_000;
const AFTER_RENEWAL_MS = 1_000;
const EXPIRED_LOOK_AGAIN_MS = 60_000;

export interface RenewalParts {
  readonly certificateUrl: string;
  readonly node: string;
  readonly files: CredentialFiles;
  /** The new certificate is in its file. */
  readonly onRenewed: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Renews the node's certificate by itself, with the present one as proof, long before it expires. */
export class CertificateRenewal implements Component {
  readonly name = "certificate-renewal";
  readonly #parts: RenewalParts;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, parts.random);
  }

  async start(): Promise<void> {
    this.#running = this.#keep(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const share = EARLIEST + SPREAD * this.#parts.random.next();
    let isFailing = false;
    while (!signal.aborted) {
      let pauseMs: number;
      try {
        pauseMs = await this.#step(share, signal);
        isFailing = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!isFailing) {
          this.#parts.log.error("the node's certificate was not renewed, retrying", { error });
        }
        isFailing = true;
        pauseMs = this.#backoff.next();
      }
      await this.#parts.clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** Renews if it is time; how long there is nothing to do. */
  async #step(share: number, signal: AbortSignal): Promise<number> {
    const { files, clock } = this.#parts;
    const held = await readCredentials(files);
    const { from, until } = validityOf(held.certificate);
    const now = clock.now();
    // An expired one cannot be renewed: the dial says so, and what to do.
    if (now >= until) return EXPIRED_LOOK_AGAIN_MS;
    const waitMs = from + share * (until - from) - now;
    if (waitMs > 0) return Math.min(waitMs, LOOK_AGAIN_MS);
    await this.#renew(held, signal);
    this.#backoff.reset();
    return AFTER_RENEWAL_MS;
  }

  async #renew(held: Credentials, signal: AbortSignal): Promise<void> {
    const { certificateUrl, node, files, log, onRenewed } = this.#parts;
    const { ca } = held;
    // Loaded when needed: an edge that does not join has no use for it.
    const { makeCertificateRequest } = await import("./certificate-request.ts");
    const { key, csr } = await makeCertificateRequest(node);
    const proof = { key: held.key, certificate: held.certificate };
    const client = new CertificateClient(certificateUrl);
    const certificate = await client.requestCertificate({ node, csr, ca, proof }, signal);
    await writeCredentials(files, { certificate, key });
    log.info("the node's certificate was renewed", {
      until: new Date(validityOf(certificate).until).toISOString(),
    });
    onRenewed();
  }
}
