import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Clock } from "@mapperkit/runtime";
import { type CertifiedKey, issueCertificate } from "@mapperkit/runtime/certificates";
import {
  createSecret,
  encodeSecretData,
  type KubeClient,
  readSecret,
  SECRETS,
  type SecretData,
} from "../kube/index.ts";
import { CLOCK_SKEW_MS, HUB_NAMESPACE, type HubAuthority } from "./hub-authority.ts";
import { certificateDerOf, certificatePemOf, keyDerOf, keyPemOf } from "./key-forms.ts";

const NAME = "cloudcoresecret";
const COMMON_NAME = "KubeEdge";
const DAYS = 3_650;
const RENEW_BEFORE_MS = 90 * 86_400_000;

/**
 * The hub's own certificate from Secret `cloudcoresecret`. Made anew when it is absent, about to
 * expire, of another authority, or without one of the addresses that edges dial.
 */
export async function loadServerCertificate(options: {
  client: KubeClient;
  authority: HubAuthority;
  /** Names and IP addresses by which edges know the hub. */
  hosts: readonly string[];
  clock: Clock;
  signal: AbortSignal;
}): Promise<CertifiedKey> {
  const { client, authority, clock, signal } = options;
  const ref = { namespace: HUB_NAMESPACE, name: NAME };
  const data = await readSecret(client, ref, signal);
  const held = data && readPair(data);
  const now = clock.now();
  if (held && isGoodFor(held.certificatePem, { ...options, now })) return held;
  const known = held ? hostsOf(held.certificatePem) : [];
  const fresh = await issue(authority, [...new Set([...options.hosts, ...known])], now);
  const secret = {
    cloudcoredata: certificateDerOf(fresh.certificatePem),
    cloudcorekeydata: keyDerOf(fresh.privateKeyPem),
  };
  const isMade = await createSecret(client, { ...ref, data: secret }, signal);
  if (!isMade) {
    const patch = { data: encodeSecretData(secret) };
    await client.mergePatch(SECRETS, ref, { patch, signal });
  }
  return fresh;
}

function issue(authority: HubAuthority, hosts: readonly string[], now: number) {
  return issueCertificate(authority, {
    commonName: COMMON_NAME,
    dnsNames: hosts.filter((host) => isIP(host) === 0),
    ipAddresses: hosts.filter((host) => isIP(host) !== 0),
    usage: "server",
    days: DAYS,
    now: now - CLOCK_SKEW_MS,
  });
}

function readPair({ cloudcoredata, cloudcorekeydata }: SecretData): CertifiedKey | undefined {
  if (!cloudcoredata || !cloudcorekeydata) return undefined;
  try {
    const certificatePem = certificatePemOf(cloudcoredata);
    return { certificatePem, privateKeyPem: keyPemOf(cloudcorekeydata) };
  } catch {
    // What cannot be read is made anew.
    return undefined;
  }
}

function isGoodFor(
  pem: string,
  wanted: { authority: HubAuthority; hosts: readonly string[]; now: number },
): boolean {
  const certificate = new X509Certificate(pem);
  const issuer = new X509Certificate(wanted.authority.certificatePem);
  return (
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey) &&
    certificate.validToDate.getTime() - RENEW_BEFORE_MS > wanted.now &&
    wanted.hosts.every((host) => isCovered(certificate, host))
  );
}

function isCovered(certificate: X509Certificate, host: string): boolean {
  const found = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return found !== undefined;
}

function hostsOf(pem: string): string[] {
  const names = new X509Certificate(pem).subjectAltName?.split(", ") ?? [];
  return names.map((name) => name.replace(/^(DNS|IP Address):/, ""));
}
