import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import type { ServerKeys } from "../http/index.ts";
import { MASTERS_GROUP } from "../resources/index.ts";
import { ADMIN } from "./authenticator.ts";

/** Everything a client and the server need to trust each other. */
export interface Credentials extends ServerKeys {
  /** Missing in folders made before requests were signed. */
  readonly authorityKeyPem?: string | undefined;
  readonly adminCertificatePem: string;
  readonly adminKeyPem: string;
  readonly adminToken: string;
}

const FILE = "credentials.json";
const SECRET_MODE = 0o600;
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 3650;

const pem = (label: string) =>
  z.string().regex(new RegExp(`^-----BEGIN ${label}-----\\n[^-]+-----END ${label}-----\\s*$`));

const credentialsFile = z.object({
  authorityPem: pem("CERTIFICATE"),
  authorityKeyPem: pem("PRIVATE KEY").optional(),
  certificatePem: pem("CERTIFICATE"),
  privateKeyPem: pem("PRIVATE KEY"),
  adminCertificatePem: pem("CERTIFICATE"),
  adminKeyPem: pem("PRIVATE KEY"),
  adminToken: z.string().min(1),
});

/**
 * The folder's credentials, made at the first start and kept for later ones.
 * @throws MapperkitError `invalid_input` naming the file, when it is damaged
 */
export async function loadCredentials(
  dataDir: string,
  nowMs: number,
): Promise<{ readonly credentials: Credentials; readonly isNew: boolean }> {
  const file = join(dataDir, FILE);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text !== undefined) {
    const credentials = readCredentials(file, text);
    await chmod(file, SECRET_MODE);
    return { credentials, isNew: false };
  }
  const made = await createCredentials(nowMs);
  await writeSecret(file, JSON.stringify(made, null, 2));
  return { credentials: made, isNew: true };
}

function readCredentials(file: string, text: string): Credentials {
  try {
    return credentialsFile.parse(JSON.parse(text));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    // A parser's own message would quote what is in the file.
    const why =
      issue === undefined ? "it is not JSON" : `${issue.path.join(".")} is not as expected`;
    throw new MapperkitError(
      "invalid_input",
      `credentials file ${file} is damaged: ${why}: delete it to have new ones made (clients then need the new kubeconfig)`,
      { details: { file } },
    );
  }
}

async function createCredentials(nowMs: number): Promise<Credentials> {
  // Loaded here only: a later start does without the library.
  const { createAuthority, issueCertificate } = await import("@mapperkit/runtime/certificates");
  const authority = await createAuthority({
    commonName: "mapperkit-kubernetes-ca",
    days: AUTHORITY_DAYS,
    now: nowMs,
  });
  const server = await issueCertificate(authority, {
    commonName: "kube-apiserver",
    dnsNames: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
    ipAddresses: ["127.0.0.1", "::1"],
    usage: "server",
    days: LEAF_DAYS,
    now: nowMs,
  });
  const admin = await issueCertificate(authority, {
    commonName: ADMIN.name,
    organizations: [MASTERS_GROUP],
    usage: "client",
    days: LEAF_DAYS,
    now: nowMs,
  });
  return {
    authorityPem: authority.certificatePem,
    authorityKeyPem: authority.privateKeyPem,
    certificatePem: server.certificatePem,
    privateKeyPem: server.privateKeyPem,
    adminCertificatePem: admin.certificatePem,
    adminKeyPem: admin.privateKeyPem,
    adminToken: randomBytes(32).toString("hex"),
  };
}

/** Whole or not at all, and never readable by others. */
export async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  // One left behind by a crash would keep its mode.
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode: SECRET_MODE });
  await rename(temporary, file);
}
