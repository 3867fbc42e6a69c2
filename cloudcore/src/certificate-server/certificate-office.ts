import type { IncomingMessage } from "node:http";
import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import { type HubAuthority, NodeCertificates, readNodeRequest } from "../certificates/index.ts";
import type { KubeClient } from "../kube/index.ts";
import { checkSharedToken, NodeTokens, tokenIdOf } from "../tokens/index.ts";
import type { CertificateServerConfig } from "./certificate-server-config.ts";
import { identifyClient } from "./client-certificate.ts";

/** Decides who gets which certificate: a node its own, by a token for it or by its present one. */
export class CertificateOffice {
  readonly #authority: HubAuthority;
  readonly #allowsSharedToken: boolean;
  readonly #certificates: NodeCertificates;
  readonly #tokens: NodeTokens;
  readonly #onJoined: (node: string) => void;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(options: {
    /** A token, not its certificate, let a node in: it may be another machine, or an emptied one. */
    onJoined?: ((node: string) => void) | undefined;
    authority: HubAuthority;
    config: CertificateServerConfig;
    client: KubeClient;
    clock: Clock;
    log: Log;
  }) {
    const { authority, config, clock } = options;
    this.#authority = authority;
    this.#allowsSharedToken = config.sharedToken;
    this.#certificates = new NodeCertificates({
      authority,
      days: config.nodeCertificateDays,
      clock,
    });
    this.#tokens = new NodeTokens(options);
    this.#onJoined = options.onJoined ?? (() => {});
    this.#clock = clock;
    this.#log = options.log;
  }

  /**
   * The certificate in DER for a request as KubeEdge's edge makes it.
   * @throws MapperkitError `invalid_input` or `rejected` with the reason
   */
  async certify(request: IncomingMessage, csr: Buffer, signal: AbortSignal): Promise<Buffer> {
    const wish = await readNodeRequest(csr);
    const named = request.headers.nodename;
    if (named !== wish.node) {
      throw new MapperkitError(
        "rejected",
        `header NodeName ${JSON.stringify(named)?.slice(0, 128) ?? "is missing"}: expected ${JSON.stringify(wish.node)}, as in the certificate request`,
      );
    }
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined) await this.#checkToken(bearer, wish, signal);
    else checkCertificate(request, wish.node);
    const certificate = await this.#certificates.sign(wish);
    const by = bearer === undefined ? "certificate" : "token";
    if (by === "token") this.#onJoined(wish.node);
    this.#log.info("a node was given a certificate", { node: wish.node, by });
    return certificate;
  }

  async #checkToken(
    bearer: string,
    use: { node: string; keyHash: string },
    signal: AbortSignal,
  ): Promise<void> {
    if (tokenIdOf(bearer) !== undefined) return this.#tokens.redeem(bearer, use, signal);
    if (!this.#allowsSharedToken) {
      throw new MapperkitError(
        "rejected",
        "the token is refused: this cloud takes only tokens for one node; make one with `mapperkit token create --node NAME`",
      );
    }
    checkSharedToken(bearer, this.#authority.keyDer, this.#clock.now());
  }
}

function checkCertificate(request: IncomingMessage, node: string): void {
  const client = identifyClient(request);
  if ("reason" in client) throw new MapperkitError("rejected", client.reason);
  if (client.node === node) return;
  throw new MapperkitError(
    "rejected",
    `the client certificate is node ${client.node}'s: it cannot renew that of ${node}`,
  );
}
