import { renameSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@mapperkit/runtime";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";

const DAY_MS = 86_400_000;
const VALID_DAYS = 3650;

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
    await certificates.make(false);
    return certificates;
  }

  get certificateFile(): string {
    return join(this.store.rootDir, "own", "certs", "server.pem");
  }

  get privateKeyFile(): string {
    return this.store.privateKey;
  }

  /** Makes the server's certificate anew, good or long expired. */
  async make(isExpired: boolean): Promise<void> {
    const ago = isExpired ? VALID_DAYS + 1 : 1;
    const unfinished = `${this.certificateFile}.new`;
    await this.store.createSelfSignedCertificate({
      applicationUri: SERVER_URI,
      dns: [hostname(), "localhost"],
      ip: ["127.0.0.1"],
      subject: "/CN=mapperkit simulator",
      startDate: new Date(this.#clock.now() - ago * DAY_MS),
      validity: VALID_DAYS,
      outputFile: unfinished,
    });
    renameSync(unfinished, this.certificateFile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of [this.store, this.users]) {
      store.referenceCounter = 0;
      await store.dispose();
    }
    if (this.#isOwned) await rm(this.folder, { recursive: true, force: true });
  }
}
