import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { type CertifiedKey, createAuthority } from "@mapperkit/runtime/certificates";
import { type KubeClient, readOrCreateSecret, type SecretData } from "../kube/index.ts";

const NAMESPACE = "kubeedge";
const NAME = "mapperkit-conversion-ca";
/** The CRDs name this authority, and changing them cuts every watch: so it lives long. */
const DAYS = 36_500;

/** Reads the webhook's certificate authority from its Secret, which is made when absent. */
export async function loadConversionAuthority(options: {
  client: KubeClient;
  clock: Clock;
  signal: AbortSignal;
}): Promise<CertifiedKey> {
  const { client, clock, signal } = options;
  const make = async () => {
    const made = await createAuthority({ commonName: NAME, days: DAYS, now: clock.now() });
    return {
      "tls.crt": Buffer.from(made.certificatePem),
      "tls.key": Buffer.from(made.privateKeyPem),
    };
  };
  const ref = { namespace: NAMESPACE, name: NAME, type: "kubernetes.io/tls" };
  const data = await readOrCreateSecret(client, ref, make, signal);
  return { certificatePem: pemIn(data, "tls.crt"), privateKeyPem: pemIn(data, "tls.key") };
}

function pemIn(data: SecretData, key: string): string {
  const text = data[key]?.toString("utf8") ?? "";
  if (text.includes("-----BEGIN ")) return text;
  throw new MapperkitError(
    "invalid_input",
    `Secret ${NAMESPACE}/${NAME}: ${key} is not PEM; delete the Secret to have it made anew`,
    { details: { field: key } },
  );
}
