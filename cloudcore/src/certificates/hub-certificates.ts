import type { ServerOptions } from "node:https";
import { networkInterfaces } from "node:os";
import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import type { CertifiedKey } from "@mapperkit/runtime/certificates";
import { type KubeClient, untilReachable } from "../kube/index.ts";
import { type HubAuthority, loadHubAuthority } from "./hub-authority.ts";
import { loadServerCertificate } from "./server-certificate.ts";

const ANY_HOST: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** The hub's authority and its own certificate, kept in Kubernetes; made at the first start. */
export class HubCertificates implements Component {
  readonly name = "hub-certificates";
  readonly #parts: Parts;
  #authority: HubAuthority | undefined;
  #server: CertifiedKey | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** To be asked after start(). */
  get authority(): HubAuthority {
    if (!this.#authority) throw new Error("the hub's certificates are not loaded yet");
    return this.#authority;
  }

  /**
   * What both TLS listeners offer. Who brings no certificate of ours is let through to HTTP, where it
   * can be told why it is refused.
   */
  get tls(): ServerOptions {
    return {
      cert: this.#server?.certificatePem,
      key: this.#server?.privateKeyPem,
      ca: this.authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
    };
  }

  async start(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#parts;
    await untilReachable(
      async (inner) => {
        const authority = await loadHubAuthority({ client, clock, signal: inner });
        const hosts = this.#hosts();
        this.#server = await loadServerCertificate({
          client,
          authority,
          hosts,
          clock,
          signal: inner,
        });
        this.#authority = authority;
      },
      { ...this.#parts, signal },
    );
  }

  async stop(): Promise<void> {}

  /** What edges may dial: the addresses advertised, and those that are listened on. */
  #hosts(): string[] {
    const { host, advertise } = this.#parts;
    const own = ANY_HOST.has(host)
      ? Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(addressOf))
      : [host];
    return [...new Set([...advertise, ...own])];
  }
}

interface Parts {
  readonly client: KubeClient;
  /** The address listened on. */
  readonly host: string;
  readonly advertise: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Without the zone of a link-local address. */
function addressOf({ address }: { address: string }): string {
  return address.replace(/%.*$/, "");
}
