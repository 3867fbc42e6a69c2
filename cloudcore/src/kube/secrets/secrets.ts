import { MapperkitError } from "@mapperkit/api";
import type { KubeClient } from "../client/kube-client.ts";
import type { KubeObject } from "../client/kube-object.ts";
import { NAMESPACES, SECRETS } from "../client/kube-resource.ts";

export type SecretData = Readonly<Record<string, Buffer>>;

export interface SecretParts {
  readonly namespace: string;
  readonly name: string;
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly data: SecretData;
}

/** What a Secret holds; undefined when there is none. */
export async function readSecret(
  client: KubeClient,
  ref: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<SecretData | undefined> {
  const held = await client.get(SECRETS, ref, signal).catch(orUndefined("not_found"));
  return held && secretData(held);
}

/** Makes a Secret, and its namespace when that is missing. False when another was first. */
export async function createSecret(
  client: KubeClient,
  parts: SecretParts,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name, type = "Opaque", labels, data } = parts;
  const around = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  // Who may not make namespaces was given one.
  await client
    .create(NAMESPACES, around, { signal })
    .catch(orUndefined("conflict"))
    .catch(orUndefined("rejected"));
  const secret: KubeObject = {
    apiVersion: "v1",
    kind: "Secret",
    type,
    metadata: { name, namespace, ...(labels && { labels }) },
    data: encodeSecretData(data),
  };
  const made = await client.create(SECRETS, secret, { signal }).catch(orUndefined("conflict"));
  return made !== undefined;
}

/** The one that is there, else a new one; of two that are first, both get the same. */
export async function readOrCreateSecret(
  client: KubeClient,
  ref: { namespace: string; name: string; type?: string },
  make: () => Promise<SecretData>,
  signal: AbortSignal,
): Promise<SecretData> {
  const held = await readSecret(client, ref, signal);
  if (held) return held;
  const data = await make();
  const isMade = await createSecret(client, { ...ref, data }, signal);
  return isMade ? data : secretData(await client.get(SECRETS, ref, signal));
}

export function secretData(secret: KubeObject): SecretData {
  const entries = Object.entries((secret.data ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(String(value), "base64")]),
  );
}

export function encodeSecretData(data: SecretData): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, value.toString("base64")]),
  );
}

export function orUndefined(code: MapperkitError["code"]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof MapperkitError && error.code === code) return undefined;
    throw error;
  };
}
