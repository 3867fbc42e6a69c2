import { X509Certificate } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@mapperkit/runtime";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";

const DAY_MS = 86_400_000;
const VALID_DAYS = 3650;
const RENEW_DAYS = 30;

/** The URI by which clients know the simulated server. */
export const SERVER_URI = `urn:${hostname()}:mapperkit-simulator`;

/** The certificates of a simulated server: its own, and what it makes of its clients'. */
export class ServerCertificates implements AsyncDisposable {
  readonly folder: string;
  readonly #isOwned: boolean;
  readonly #clock: Clock;
  readonly store: OPCUACertificateManager;
  readonly users: OPCUACertificateManager;

  private constructor(folder: string, isOwned: boolean, trustsClients: boolean, clock: Clock) {
    this.folder = folder;
    this.#isOwned = isOwned;
    this.#clock = clock;
    const store = (name: string) =>
      new OPCUACertificateManager({
        rootFolder: join(folder, name),
        automaticallyAcceptUnknownCertificate: trustsClients,
        // Who moves a certificate into trusted/ is heard without a restart.
        disableFileWatchers: trustsClients,
      });
    this.store = store("server");
    this.users = store("users");
  }

  /** Without a folder they live as long as the server. */
  static async open(
    folder: string | undefined,
    trustsClients: boolean,
    clock: Clock,
  ): Promise<ServerCertificates> {
    const own = folder ?? (await mkdtemp(join(tmpdir(), "mapperkit-opcua-")));
    const certificates = new ServerCertificates(own, folder === undefined, trustsClients, clock);
    await certificates.store.initialize();
    await certificates.users.initialize();
    // The server counts itself out when it ends; the folder is closed after that.
    certificates.store.referenceCounter += 1;
    certificates.users.referenceCounter += 1;
    if (!certificates.#isGood()) await certificates.#make(certificates.certificateFile, 1);
    return certificates;
  }

  get certificateFile(): string {
    return join(this.store.rootDir, "own", "certs", "server.pem");
  }

  get privateKeyFile(): string {
    return this.store.privateKey;
  }

  /** Shows a certificate that ended long ago, or the good one again: clients know it already. */
  async show(which: "good" | "expired"): Promise<void> {
    const kept = `${this.certificateFile}.kept`;
    if (which === "good") {
      if (existsSync(kept)) renameSync(kept, this.certificateFile);
      return;
    }
    if (!existsSync(kept)) copyFileSync(this.certificateFile, kept);
    await this.#make(this.certificateFile, VALID_DAYS + 1);
  }

  #isGood(): boolean {
    const kept = `${this.certificateFile}.kept`;
    // A server that was killed while it showed the other one.
    if (existsSync(kept)) renameSync(kept, this.certificateFile);
    if (!existsSync(this.certificateFile)) return false;
    const { validTo } = new X509Certificate(readFileSync(this.certificateFile));
    return Date.parse(validTo) - this.#clock.now() > RENEW_DAYS * DAY_MS;
  }

  async #make(file: string, daysAgo: number): Promise<void> {
    const unfinished = `${file}.new`;
    rmSync(unfinished, { force: true });
    await this.store.createSelfSignedCertificate({
      applicationUri: SERVER_URI,
      dns: [hostname(), "localhost"],
      ip: ["127.0.0.1"],
      subject: "/CN=mapperkit simulator",
      startDate: new Date(this.#clock.now() - daysAgo * DAY_MS),
      validity: VALID_DAYS,
      outputFile: unfinished,
    });
    renameSync(unfinished, file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of [this.store, this.users]) {
      store.referenceCounter = 0;
      await store.dispose();
    }
    if (this.#isOwned) await rm(this.folder, { recursive: true, force: true });
  }
}
