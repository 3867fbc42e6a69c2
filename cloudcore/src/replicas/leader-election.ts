import type { Clock, Component, Log } from "@mapperkit/runtime";
import { type LeaseRecord, microTime } from "./lease-record.ts";
import { LEASE_MS, type Leases, RENEW_EVERY_MS } from "./leases.ts";

const WHICH = { role: "leader", subject: "controllers" } as const;
/** A leader that could not renew for this long stops leading, before anybody else may begin. */
const GIVE_UP_MS = LEASE_MS - RENEW_EVERY_MS;

/**
 * One of the replicas leads. A Lease that has not moved for its whole time, by the watcher's own clock,
 * is taken over, so that clocks that differ do no harm.
 */
export class LeaderElection implements Component {
  readonly name = "leader-election";
  readonly #replica: string;
  readonly #leases: Leases;
  readonly #onChange: (isLeader: boolean) => void;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #seen: { readonly renewTime: string; readonly at: number } | undefined;
  #renewedAt = 0;
  #isLeader = false;

  constructor(options: {
    replica: string;
    leases: Leases;
    onChange: (isLeader: boolean) => void;
    clock: Clock;
    log: Log;
  }) {
    this.#replica = options.replica;
    this.#leases = options.leases;
    this.#onChange = options.onChange;
    this.#clock = options.clock;
    this.#log = options.log.child({ component: this.name, replica: options.replica });
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  async start(): Promise<void> {
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Gives the Lease back, so that another one leads at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (!this.#isLeader) return;
    const { signal } = new AbortController();
    const bounded = AbortSignal.any([signal, this.#clock.timeout(RENEW_EVERY_MS)]);
    await this.#giveBack(bounded).catch(() => undefined);
    this.#become(false);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const bounded = AbortSignal.any([signal, this.#clock.timeout(RENEW_EVERY_MS)]);
      try {
        await this.#tryOnce(bounded);
      } catch (error) {
        if (!signal.aborted) this.#log.debug("the leader's Lease was not reached", { error });
      }
      const isLate = this.#clock.monotonic() - this.#renewedAt > GIVE_UP_MS;
      if (this.#isLeader && isLate) this.#become(false);
      await this.#clock.sleep(RENEW_EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #tryOnce(signal: AbortSignal): Promise<void> {
    const held = await this.#leases.get(WHICH, signal);
    if (held && !this.#mayTake(held)) {
      if (this.#isLeader) this.#become(false);
      return;
    }
    const before = this.#clock.monotonic();
    const written = await this.#leases.write(
      {
        ...WHICH,
        holder: this.#replica,
        renewTime: microTime(this.#clock.now()),
        ...(held?.version && { version: held.version }),
      },
      signal,
    );
    if (!written) return;
    this.#renewedAt = before;
    if (!this.#isLeader) this.#become(true);
  }

  #mayTake(held: LeaseRecord): boolean {
    if (held.holder === this.#replica || held.holder === "") return true;
    const now = this.#clock.monotonic();
    if (this.#seen?.renewTime !== held.renewTime) {
      this.#seen = { renewTime: held.renewTime, at: now };
    }
    return now - this.#seen.at > LEASE_MS;
  }

  async #giveBack(signal: AbortSignal): Promise<void> {
    const held = await this.#leases.get(WHICH, signal);
    if (held?.holder === this.#replica) await this.#leases.write({ ...held, holder: "" }, signal);
  }

  #become(isLeader: boolean): void {
    this.#isLeader = isLeader;
    this.#log.info(isLeader ? "this replica leads" : "this replica does not lead any more");
    this.#onChange(isLeader);
  }
}
