import { createHash } from "node:crypto";
import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { type CertifiedKey, createAuthority } from "@mapperkit/runtime/certificates";
import { type KubeClient, readOrCreateSecret, type SecretData } from "../kube/index.ts";
import { certificateDerOf, certificatePemOf, keyDerOf, keyPemOf } from "./key-forms.ts";

/** Where KubeEdge keeps all that concerns its hub (cloudhub-wire §3.12). */
export const HUB_NAMESPACE = "kubeedge";
const NAME = "casecret";
const COMMON_NAME = "KubeEdge";
const DAYS = 36_500;
/** An edge whose clock is behind by less than this can still join. */
export const CLOCK_SKEW_MS = 86_400_000;

/** Signs the hub's and the nodes' certificates. */
export interface HubAuthority extends CertifiedKey {
  readonly certificateDer: Buffer;
  readonly keyDer: Buffer;
  /** Hexadecimal SHA-256 of the DER: the first part of every token, by which an edge knows the cloud. */
  readonly fingerprint: string;
}

/** Reads the authority from Secret `casecret`, which is made when absent. */
export async function loadHubAuthority(options: {
  client: KubeClient;
  clock: Clock;
  signal: AbortSignal;
}): Promise<HubAuthority> {
  const { client, clock, signal } = options;
  const make = async () => {
    const now = clock.now() - CLOCK_SKEW_MS;
    const made = await createAuthority({ commonName: COMMON_NAME, days: DAYS, now });
    return {
      cadata: certificateDerOf(made.certificatePem),
      cakeydata: keyDerOf(made.privateKeyPem),
    };
  };
  const ref = { namespace: HUB_NAMESPACE, name: NAME };
  return readAuthority(await readOrCreateSecret(client, ref, make, signal));
}

function readAuthority({ cadata, cakeydata }: SecretData): HubAuthority {
  try {
    if (!cadata || !cakeydata) throw new Error("cadata or cakeydata is missing");
    return {
      certificateDer: cadata,
      keyDer: cakeydata,
      certificatePem: certificatePemOf(cadata),
      privateKeyPem: keyPemOf(cakeydata),
      fingerprint: createHash("sha256").update(cadata).digest("hex"),
    };
  } catch (cause) {
    throw new MapperkitError(
      "invalid_input",
      `Secret ${HUB_NAMESPACE}/${NAME} cannot be read as KubeEdge's: expected cadata and cakeydata in DER`,
      { cause },
    );
  }
}
