import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { OPCUACertificateManager } from "node-opcua-certificate-manager";
import type { OpcuaCertificates } from "../library.ts";

export interface PkiParts {
  readonly certificates: OpcuaCertificates;
  readonly folder: string;
  readonly trustOnFirstUse: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Files of a certificate and its key. */
export interface KeyPair {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

export const APPLICATION = "mapperkit";
const DAY_MS = 86_400_000;
const VALID_DAYS = 825;
/** A certificate that is not made by us cannot be renewed by us: its owner is told in time. */
const RENEW_DAYS = 30;

/** The URI by which servers know this application: their certificate check compares it. */
export function applicationUri(): string {
  return `urn:${hostname()}:${APPLICATION}`;
}

/**
 * A folder of certificates: `own/`, `trusted/certs`, `issuers/certs`, `rejected/`. Opened for each
 * attempt to connect, so that what a person moves in it is seen by the next one.
 */
export class PkiFolder implements AsyncDisposable {
  readonly #parts: PkiParts;
  readonly #manager: OPCUACertificateManager;

  private constructor(parts: PkiParts, manager: OPCUACertificateManager) {
    this.#parts = parts;
    this.#manager = manager;
  }

  /** @throws MapperkitError `invalid_input` when the folder cannot be used */
  static async open(parts: PkiParts): Promise<PkiFolder> {
    const rootFolder = resolve(parts.folder);
    try {
      mkdirSync(rootFolder, { recursive: true, mode: 0o700 });
      const manager = new parts.certificates.OPCUACertificateManager({
        rootFolder,
        automaticallyAcceptUnknownCertificate: parts.trustOnFirstUse,
        disableFileWatchers: true,
      });
      await manager.initialize();
      // Each client counts itself out when it ends; this one is counted out last.
      manager.referenceCounter += 1;
      chmodSync(manager.privateKey, 0o600);
      return new PkiFolder({ ...parts, folder: rootFolder }, manager);
    } catch (cause) {
      const message = `pkiFolder ${rootFolder} cannot be used: ${String(cause)}; check its owner and rights`;
      throw new MapperkitError("unreachable", message, { cause });
    }
  }

  /** What node-opcua's client asks. */
  get store(): OPCUACertificateManager {
    return this.#manager;
  }

  /** Our certificate, made where there is none, and anew before it expires. */
  async ownKeyPair(): Promise<KeyPair> {
    const { clock, log, folder } = this.#parts;
    const certificateFile = join(folder, "own", "certs", `${APPLICATION}.pem`);
    const pair = { certificateFile, privateKeyFile: this.#manager.privateKey };
    const until = endOf(pair);
    if (until !== undefined && until - clock.now() > RENEW_DAYS * DAY_MS) return pair;
    await this.#makeCertificate(certificateFile);
    const what = until === undefined ? "certificate was made" : "certificate was renewed";
    log.warn(`${what}: servers that check clients must trust it`, {
      file: certificateFile,
      thumbprint: thumbprintOf(readFileSync(certificateFile)),
    });
    return pair;
  }

  /**
   * Checks a server's certificate. An unknown one is put into `rejected/`.
   * @throws MapperkitError `unreachable` saying what is wrong with it and what to do
   */
  async checkServer(certificate: Buffer, url: string): Promise<void> {
    const { subject, validFrom, validTo } = new X509Certificate(certificate);
    const who = `${subject.replaceAll("\n", ", ")} (SHA-1 ${thumbprintOf(certificate)})`;
    const refuse = (status: string, advice: string): never => {
      const message = `the certificate of ${url}, ${who}, is refused with ${status}: ${advice}`;
      throw new MapperkitError("unreachable", message, { details: { status } });
    };
    const now = this.#parts.clock.now();
    if (now < Date.parse(validFrom) || now > Date.parse(validTo)) {
      const advice = `it is valid from ${validFrom} to ${validTo}: renew it at the server, or check the clocks`;
      refuse("BadCertificateTimeInvalid", advice);
    }
    const status = await this.#manager.checkCertificate(certificate);
    if (!status.isGood()) refuse(status.name, this.#adviceOn(status.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#manager.referenceCounter = 0;
    await this.#manager.dispose();
  }

  #adviceOn(status: string): string {
    const { folder } = this.#parts;
    if (status !== "BadCertificateUntrusted") {
      const issuers = join(folder, "issuers", "certs");
      return `check it at the server; issuers that are trusted belong in ${issuers}`;
    }
    const [from, to] = [join(folder, "rejected"), join(folder, "trusted", "certs")];
    return `compare its thumbprint with the server's, then move it from ${from} to ${to}`;
  }

  /** Put in place whole, so that no reader meets half a certificate. */
  async #makeCertificate(file: string): Promise<void> {
    const { clock, certificates } = this.#parts;
    const unfinished = `${file}.new`;
    rmSync(unfinished, { force: true });
    await this.#manager.createSelfSignedCertificate({
      applicationUri: applicationUri(),
      dns: [hostname()],
      subject: certificates.makeSubject(APPLICATION, hostname()),
      startDate: new Date(clock.now() - DAY_MS),
      validity: VALID_DAYS,
      outputFile: unfinished,
    });
    renameSync(unfinished, file);
  }
}

/** Warns in time of a certificate that its owner must renew. */
export function warnOfExpiry({ certificateFile }: KeyPair, clock: Clock, log: Log): void {
  const days = Math.floor((expiryOf(certificateFile) - clock.now()) / DAY_MS);
  if (days > RENEW_DAYS) return;
  log.warn("certificate expires soon: renew it and its key", { file: certificateFile, days });
}

/** When a pair of ours ends; undefined where there is none, or one that is of no use. */
function endOf({ certificateFile, privateKeyFile }: KeyPair): number | undefined {
  if (!existsSync(certificateFile)) return undefined;
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const isOfKey = certificate.checkPrivateKey(createPrivateKey(readFileSync(privateKeyFile)));
    return isOfKey ? Date.parse(certificate.validTo) : undefined;
  } catch {
    return undefined;
  }
}

function expiryOf(file: string): number {
  return Date.parse(new X509Certificate(readFileSync(file)).validTo);
}

function thumbprintOf(certificate: Buffer): string {
  return new X509Certificate(certificate).fingerprint.replaceAll(":", "").toLowerCase();
}
