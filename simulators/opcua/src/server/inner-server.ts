import type { Clock } from "@mapperkit/runtime";
import type { FaultBook } from "@mapperkit/sim-plant";
import { makeRoles, WellKnownRoles } from "node-opcua-address-space";
import { setErrorLogger, setWarningLogger } from "node-opcua-client";
import { invalidateServerCertificateCache, OPCUAServer } from "node-opcua-server";
import { addPlant, type PlacedPlant } from "../space/plant-nodes.ts";
import { SERVER_URI, ServerCertificates } from "./certificates.ts";
import { modesOf, policiesOf, type SecurityConfig } from "./security.ts";

export interface InnerServerParts {
  readonly security: SecurityConfig;
  readonly clock: Clock;
  readonly faults: () => FaultBook[];
}

/** The fastest that a node is sampled, ms. */
const SAMPLING_MS = 10;
const MOST_CLIENTS = 100;

/** node-opcua's server with the plants in its address space, on a port of its own. */
export class InnerServer {
  readonly #parts: InnerServerParts;
  #certificates: ServerCertificates | undefined;
  #server: OPCUAServer | undefined;
  #unwatch: (() => void) | undefined;
  #isExpired = false;
  port = 0;

  constructor(parts: InnerServerParts) {
    this.#parts = parts;
  }

  get pkiFolder(): string {
    return this.#certificates?.folder ?? "";
  }

  get certificateFile(): string {
    return this.#certificates?.certificateFile ?? "";
  }

  /** `url` is the one by which clients come. */
  async open(url: string, plants: readonly PlacedPlant[]): Promise<void> {
    const { security, clock } = this.#parts;
    setWarningLogger(() => undefined);
    setErrorLogger(() => undefined);
    const certificates = await ServerCertificates.open(
      security.pkiFolder,
      security.trustsClients,
      clock,
    );
    this.#certificates = certificates;
    const server = new OPCUAServer({
      ...{ host: "127.0.0.1", hostname: "127.0.0.1", port: 0, advertisedEndpoints: url },
      ...{ securityModes: modesOf(security), securityPolicies: policiesOf(security) },
      allowAnonymous: security.anonymous !== "none",
      serverCertificateManager: certificates.store,
      userCertificateManager: certificates.users,
      certificateFile: certificates.certificateFile,
      privateKeyFile: certificates.privateKeyFile,
      serverInfo: { applicationUri: SERVER_URI, applicationName: { text: "mapperkit simulator" } },
      buildInfo: { productName: "mapperkit simulator" },
      userManager: usersOf(security),
      maxConnectionsPerEndpoint: MOST_CLIENTS,
      serverCapabilities: { maxSessions: MOST_CLIENTS },
    });
    this.#server = server;
    await server.initialize();
    const rules = {
      clock,
      anonymousMayWrite: security.anonymous === "write",
      samplingMs: SAMPLING_MS,
    };
    const space = server.engine.addressSpace;
    if (!space) throw new Error("the server has no address space");
    for (const plant of plants) addPlant(space, plant, rules);
    await server.start();
    this.port = server.endpoints[0]?.port ?? 0;
  }

  /** Looks for faults of sessions and certificates; `cut` drops all connections. */
  watch(everyMs: number, cut: () => void): void {
    this.#unwatch = this.#parts.clock.every(everyMs, () => {
      if (this.#isStriking("deletedSubscription")) this.deleteSubscriptions();
      const isExpired = this.#isStriking("expiredCertificate");
      if (isExpired === this.#isExpired) return;
      this.#isExpired = isExpired;
      this.#showCertificate(isExpired).then(cut, cut);
    });
  }

  expireSessions(): void {
    const { engine } = this.#server ?? {};
    for (const session of engine?.getSessions() ?? []) {
      engine?.closeSession(session.authenticationToken, true, "Timeout");
    }
  }

  deleteSubscriptions(): void {
    for (const session of this.#server?.engine.getSessions() ?? []) {
      for (const { id } of session.publishEngine.subscriptions) session.deleteSubscription(id);
    }
  }

  async close(): Promise<void> {
    this.#unwatch?.();
    await this.#server?.shutdown(0);
    await this.#certificates?.[Symbol.asyncDispose]();
  }

  #isStriking(kind: "deletedSubscription" | "expiredCertificate"): boolean {
    return this.#parts.faults().some((faults) => faults.striking(kind) !== undefined);
  }

  async #showCertificate(isExpired: boolean): Promise<void> {
    await this.#certificates?.show(isExpired ? "expired" : "good");
    if (this.#server) invalidateServerCertificateCache(this.#server);
  }
}

function usersOf({ users }: SecurityConfig) {
  const rightsOf = new Map(users.map(({ name, rights }) => [name, rights]));
  return {
    isValidUser: (name: string, password: string) =>
      users.some((user) => user.name === name && user.password === password),
    getUserRoles: (name: string) =>
      makeRoles([
        WellKnownRoles.AuthenticatedUser,
        rightsOf.get(name) === "read" ? WellKnownRoles.Observer : WellKnownRoles.Operator,
      ]),
  };
}
