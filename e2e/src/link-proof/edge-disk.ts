import {
  MemoryMetaStore,
  MemoryTwinStore,
  type MetaStore,
  type StoreChange,
  type TwinStore,
} from "@mapperkit/edgecore/link";
import type { Clock, Random } from "@mapperkit/runtime";
import type { Lifetime } from "./lifetime.ts";

/**
 * The disk of an edge. Commits become durable one after the other, whatever they concern, as in one
 * database; a kill loses those that are not durable yet and leaves all before them.
 */
export class EdgeDisk {
  readonly twins = new MemoryTwinStore();
  readonly meta = new MemoryMetaStore();
  /** Told of each change that has become durable. */
  onChange: (change: StoreChange) => void = () => {};
  /** A commit takes up to so long. */
  commitMs = 0;
  /** Every commit is refused, and with it those that were made after it already. */
  isFull = false;
  #refusals = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The stores as one run of the edge sees them. */
  openFor(life: Lifetime): { twins: TwinStore; meta: MetaStore } {
    const { twins, meta } = this;
    return {
      twins: {
        load: () => life.of(twins.load()),
        outboxEnds: () => life.of(twins.outboxEnds()),
        outboxAfter: (sequence, limit) => life.of(twins.outboxAfter(sequence, limit)),
        commit: (batch) =>
          this.#commit(life, async () => {
            await twins.commit(batch);
            for (const change of batch) this.onChange(change);
          }),
      },
      meta: {
        load: () => life.of(meta.load()),
        commit: (changes) => this.#commit(life, () => meta.commit(changes)),
      },
    };
  }

  /** For the comparison that the edge makes with its cloud. */
  async rows(query: string): Promise<readonly (readonly (string | number | null)[])[]> {
    if (query === "devices") return (await this.twins.load()).map(({ record }) => [record.id]);
    return (await this.meta.load()).map(({ key, type, value }) => [key, type, value]);
  }

  #commit(life: Lifetime, write: () => Promise<void>): Promise<void> {
    const refusals = this.#refusals;
    const done = this.#last.then(async () => {
      if (this.commitMs > 0) await this.#clock.sleep(this.#random.int(0, this.commitMs));
      if (this.isFull || refusals !== this.#refusals) {
        if (this.isFull) this.#refusals += 1;
        throw new Error("no space left on device");
      }
      if (life.isAlive) await write();
    });
    this.#last = done.catch(() => {});
    return life.of(done);
  }
}
