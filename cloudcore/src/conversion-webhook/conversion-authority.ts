import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { type CertifiedKey, createAuthority } from "@mapperkit/runtime/certificates";
import { type KubeClient, type KubeObject, NAMESPACES, SECRETS } from "../kube/index.ts";

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
  const { client, signal } = options;
  const ref = { namespace: NAMESPACE, name: NAME };
  const held = await client.get(SECRETS, ref, signal).catch(orUndefined("not_found"));
  if (held) return readSecret(held);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
  await client.create(NAMESPACES, namespace, { signal }).catch(orUndefined("conflict"));
  const made = await createAuthority({
    commonName: NAME,
    days: DAYS,
    now: options.clock.now(),
  });
  const created = await client
    .create(SECRETS, secretOf(made), { signal })
    .catch(orUndefined("conflict"));
  // Another replica was first: its authority is the one.
  return created ? made : readSecret(await client.get(SECRETS, ref, signal));
}

function secretOf(authority: CertifiedKey): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: { name: NAME, namespace: NAMESPACE },
    data: {
      "tls.crt": Buffer.from(authority.certificatePem).toString("base64"),
      "tls.key": Buffer.from(authority.privateKeyPem).toString("base64"),
    },
  };
}

function readSecret(secret: KubeObject): CertifiedKey {
  const data = (secret.data ?? {}) as Readonly<Record<string, unknown>>;
  return { certificatePem: pemIn(data, "tls.crt"), privateKeyPem: pemIn(data, "tls.key") };
}

function pemIn(data: Readonly<Record<string, unknown>>, key: string): string {
  const value = data[key];
  const text = typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : "";
  if (text.includes("-----BEGIN ")) return text;
  throw new MapperkitError(
    "invalid_input",
    `Secret ${NAMESPACE}/${NAME}: ${key} is not PEM; delete the Secret to have it made anew`,
    { details: { field: key } },
  );
}

function orUndefined(code: "not_found" | "conflict"): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof MapperkitError && error.code === code) return undefined;
    throw error;
  };
}
