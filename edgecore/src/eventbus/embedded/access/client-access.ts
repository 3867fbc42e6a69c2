import type { Log } from "@mapperkit/runtime";
import type { AuthenticateError, Client, ConnectPacket } from "aedes";
import type { EdgeMetrics } from "../../../monitoring/edge-metrics.ts";
import { DeviceAccess } from "./device-access.ts";
import { UserAccounts } from "./user-accounts.ts";
import type { MqttUser } from "./user-settings.ts";

/** CONNACK codes (MQTT 3.1.1 §3.2.2.3) */
const IDENTIFIER_REJECTED = { code: 2, metric: "foreign_client_id" };
const BAD_USER_OR_PASSWORD = { code: 4, metric: "bad_password" };
const NOT_AUTHORIZED = { code: 5, metric: "acl_will" };

interface Session {
  readonly user: string;
  /** Absent for users who speak for everything. */
  readonly access: DeviceAccess | undefined;
}

/** Who the broker's clients are, and so what each may say and hear. */
export class ClientAccess {
  readonly #accounts: UserAccounts | undefined;
  readonly #log: Log;
  readonly #metrics: EdgeMetrics;
  readonly #wills = new WeakMap<Client, string>();
  /** By client id, and kept when the client leaves: its session may be waiting. */
  readonly #sessions = new Map<string, Session>();

  /** @param users none: everybody may connect and do everything */
  constructor(users: readonly MqttUser[], { log, metrics }: { log: Log; metrics: EdgeMetrics }) {
    this.#accounts = users.length > 0 ? new UserAccounts(users) : undefined;
    this.#log = log;
    this.#metrics = metrics;
  }

  /** Of the first packet: the will is spoken later, when nobody is there to be asked. */
  noteWill(client: Client, { will }: ConnectPacket): void {
    if (will && this.#accounts) this.#wills.set(client, will.topic);
  }

  async admit(
    client: Client,
    name: string | undefined,
    password: Uint8Array | undefined,
  ): Promise<AuthenticateError | undefined> {
    if (!this.#accounts) return undefined;
    const user = await this.#accounts.find(name ?? "", password ?? new Uint8Array());
    if (!user) return this.#refusal(client, name, BAD_USER_OR_PASSWORD, "unknown user or password");
    const access = user.devices && new DeviceAccess(user.devices);
    const will = this.#wills.get(client);
    if (will !== undefined && access && !access.mayPublish(will)) {
      return this.#refusal(client, name, NOT_AUTHORIZED, "the will is of a foreign topic");
    }
    const before = this.#sessions.get(client.id);
    if (before && before.user !== user.name) {
      // Whoever may take over a session may throw its owner out and take what waits for it.
      return this.#refusal(client, name, IDENTIFIER_REJECTED, "the client id is another user's");
    }
    this.#sessions.set(client.id, { user: user.name, access });
    return undefined;
  }

  /** Nothing of the client is kept by the broker. */
  forget(clientId: string): void {
    this.#sessions.delete(clientId);
  }

  mayPublish(clientId: string, topic: string): boolean {
    return this.#sessions.get(clientId)?.access?.mayPublish(topic) ?? true;
  }

  maySubscribe(clientId: string, filter: string): boolean {
    return this.#sessions.get(clientId)?.access?.maySubscribe(filter) ?? true;
  }

  mayHear(clientId: string, topic: string): boolean {
    return this.#sessions.get(clientId)?.access?.mayHear(topic) ?? true;
  }

  #refusal(
    client: Client,
    user: string | undefined,
    { code, metric }: { readonly code: number; readonly metric: string },
    reason: string,
  ): AuthenticateError {
    this.#metrics.count("mapperkit_edge_mqtt_refused_total", metric);
    this.#log.warn("MQTT client refused", { client: client.id, ...(user && { user }), reason });
    return Object.assign(new Error(reason), { returnCode: code });
  }
}
