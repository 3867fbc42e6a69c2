import {
  type Clock,
  type Component,
  KeyQueue,
  type Log,
  type Outcome,
  type Random,
} from "@mapperkit/runtime";
import { type LeaseRecord, microTime } from "./lease-record.ts";
import { LEASE_MS, type Leases, RENEW_EVERY_MS } from "./leases.ts";

/** A session that has come here is left to its former replica for so long: its last writes are on their way. */
export const SETTLE_MS = 1_000;

/**
 * Which replica holds which node's session, as Kubernetes has it: a Lease for each session, written when
 * it begins and ends, and one for each replica, renewed as long as it lives.
 */
export class SessionRegistry implements Component {
  readonly name = "session-registry";
  readonly #replica: string;
  readonly #leases: Leases;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #queue: KeyQueue;
  readonly #onMoved: (node: string, holder: string) => void;
  readonly #onChange: (node: string) => void;
  /** The sessions of this replica, with the monotonic time at which each began. */
  readonly #local = new Map<string, number>();
  readonly #settled = new Set<string>();
  readonly #sessions = new Map<string, LeaseRecord>();
  readonly #replicas = new Map<string, { renewTime: string; at: number }>();
  #stopTicking: () => void = () => {};

  constructor(options: {
    replica: string;
    leases: Leases;
    /** A node of this replica is another one's now. */
    onMoved: (node: string, holder: string) => void;
    /** Who answers for a node may have changed. */
    onChange: (node: string) => void;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#replica = options.replica;
    this.#leases = options.leases;
    this.#onMoved = options.onMoved;
    this.#onChange = options.onChange;
    this.#clock = options.clock;
    this.#log = options.log.child({ component: this.name, replica: options.replica });
    this.#queue = new KeyQueue({
      ...options,
      name: "session-leases",
      reconcile: (node, signal) => this.#reconcile(node, signal),
      concurrency: 16,
      log: this.#log,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#queue.start(signal);
    this.#queue.add(SELF);
    this.#stopTicking = this.#clock.every(RENEW_EVERY_MS, () => {
      this.#queue.add(SELF);
      this.#buryDead();
    });
  }

  async stop(): Promise<void> {
    this.#stopTicking();
    await this.#queue.stop();
    const signal = this.#clock.timeout(RENEW_EVERY_MS);
    const self = { role: "replica", subject: this.#replica } as const;
    await this.#leases.delete(self, signal).catch(() => undefined);
  }

  connected(node: string): void {
    this.#local.set(node, this.#clock.monotonic());
    this.#queue.add(node);
  }

  disconnected(node: string): void {
    this.#local.delete(node);
    this.#settled.delete(node);
    this.#queue.add(node);
  }

  /** Whether the node's session is here, and has been long enough to write for it. */
  isSettledHere(node: string): boolean {
    const since = this.#local.get(node);
    return since !== undefined && this.#clock.monotonic() - since >= SETTLE_MS;
  }

  isHere(node: string): boolean {
    return this.#local.has(node);
  }

  /** Whether a replica that lives holds the node's session. */
  isElsewhere(node: string): boolean {
    if (this.#local.has(node)) return false;
    const holder = this.#sessions.get(node)?.holder ?? "";
    return holder !== "" && holder !== this.#replica && this.#isAlive(holder);
  }

  leaseSeen(lease: LeaseRecord): void {
    const { role, subject, renewTime, holder } = lease;
    if (role === "replica") {
      if (this.#replicas.get(subject)?.renewTime === renewTime) return;
      this.#replicas.set(subject, { renewTime, at: this.#clock.monotonic() });
      return;
    }
    if (role !== "session") return;
    const before = this.#sessions.get(subject)?.holder;
    this.#sessions.set(subject, lease);
    if (before === holder) return;
    if (holder !== this.#replica && holder !== "" && this.#local.has(subject)) {
      // The newest word counts, and this replica's own may still be on its way.
      if (before === this.#replica) this.#onMoved(subject, holder);
    }
    this.#onChange(subject);
  }

  leaseGone({ role, subject }: LeaseRecord): void {
    if (role === "replica") this.#forgetReplica(subject);
    if (role !== "session") return;
    this.#sessions.delete(subject);
    this.#onChange(subject);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    if (key === SELF) return this.#renewSelf(signal);
    await this.#record(key, signal);
    return this.#settle(key);
  }

  /** Writes down whether the node's session is here. */
  async #record(key: string, signal: AbortSignal): Promise<void> {
    const which = { role: "session", subject: key } as const;
    const held = await this.#leases.get(which, signal);
    const isHere = this.#local.has(key);
    if (isHere ? held?.holder === this.#replica : held?.holder !== this.#replica) return;
    const record = {
      ...which,
      holder: isHere ? this.#replica : "",
      renewTime: microTime(this.#clock.now()),
      ...(held?.version && { version: held.version }),
    };
    const written = await this.#leases.write(record, signal);
    if (written) this.leaseSeen(written);
    else this.#queue.add(key);
  }

  /** Tells when this replica begins to answer for the node. */
  #settle(node: string): Outcome {
    if (!this.#local.has(node) || this.#settled.has(node)) return undefined;
    if (!this.isSettledHere(node)) return { requeueAfterMs: SETTLE_MS };
    this.#settled.add(node);
    this.#onChange(node);
    return undefined;
  }

  async #renewSelf(signal: AbortSignal): Promise<undefined> {
    const which = { role: "replica", subject: this.#replica } as const;
    const held = await this.#leases.get(which, signal);
    const renewTime = microTime(this.#clock.now());
    await this.#leases.write(
      {
        ...which,
        holder: this.#replica,
        renewTime,
        ...(held?.version && { version: held.version }),
      },
      signal,
    );
    return undefined;
  }

  #isAlive(replica: string): boolean {
    const seen = this.#replicas.get(replica);
    return seen !== undefined && this.#clock.monotonic() - seen.at <= LEASE_MS;
  }

  #buryDead(): void {
    for (const replica of this.#replicas.keys()) {
      if (replica === this.#replica || this.#isAlive(replica)) continue;
      this.#log.info("a replica is gone", { gone: replica });
      this.#forgetReplica(replica);
    }
  }

  #forgetReplica(replica: string): void {
    this.#replicas.delete(replica);
    for (const { subject, holder } of this.#sessions.values()) {
      if (holder === replica) this.#onChange(subject);
    }
  }
}

/** No node has this name. */
const SELF = "";
