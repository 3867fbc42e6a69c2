import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { MapperkitError } from "@mapperkit/api";

/** Where a node keeps what it joined with. PEM, readable by its owner only. */
export interface CredentialFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** What the edge dials with; all PEM. */
export interface Credentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** A key that waits for its certificate, so that a crash between two renames leaves a pair. */
const NEXT = ".next";

/** Writes all three, or a renewed pair. Resolves when durable. */
export async function writeCredentials(
  files: CredentialFiles,
  { ca, certificate, key }: Omit<Credentials, "ca"> & { ca?: string },
): Promise<void> {
  await mkdir(dirname(files.certificate), { recursive: true, mode: 0o700 });
  if (ca !== undefined) await replaceFile(files.ca, ca);
  await replaceFile(`${files.key}${NEXT}`, key);
  await replaceFile(files.certificate, certificate);
  await rename(`${files.key}${NEXT}`, files.key);
}

/** @throws MapperkitError `invalid_input` naming the file and what to do */
export async function readCredentials(files: CredentialFiles): Promise<Credentials> {
  const [ca, certificate] = [await read(files.ca), await read(files.certificate)];
  return { ca, certificate, key: await readKey(files, certificate) };
}

/** ms since 1970. @throws MapperkitError `invalid_input` */
export function validityOf(certificatePem: string): { from: number; until: number } {
  const certificate = parseCertificate(certificatePem);
  return {
    from: certificate.validFromDate.getTime(),
    until: certificate.validToDate.getTime(),
  };
}

async function readKey(files: CredentialFiles, certificatePem: string): Promise<string> {
  const certificate = parseCertificate(certificatePem);
  const next = `${files.key}${NEXT}`;
  const waiting = await readFile(next, "utf8").catch(() => undefined);
  if (waiting !== undefined && isPair(certificate, waiting)) {
    await rename(next, files.key);
    return waiting;
  }
  const key = await read(files.key);
  if (isPair(certificate, key)) return key;
  throw unusable(`${files.key} is not the key of ${files.certificate}`);
}

function isPair(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw unusable("the node's certificate is not PEM", cause);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unusable(`${file} cannot be read`, cause);
  }
}

function unusable(why: string, cause?: unknown): MapperkitError {
  const message = `${why}: join this node with \`mapperkit join\` and a new token`;
  return new MapperkitError("invalid_input", message, { cause });
}

async function replaceFile(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  // What an earlier attempt left may have another mode.
  await rm(partial, { force: true });
  const handle = await open(partial, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}
