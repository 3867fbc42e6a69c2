/** Reads of list elements in one evaluation; about a tenth of a second of them. */
const MOST_READS = 1_000_000;
const INDEX = /^\d+$/;

/** Keeps a rule with loops inside loops from holding up everybody: every read of an element counts. */
export class CostMeter {
  #reads = 0;

  /** For the next evaluation. */
  reset(): void {
    this.#reads = 0;
  }

  get isSpent(): boolean {
    return this.#reads > MOST_READS;
  }

  /** The same list, counted. */
  counted<T>(list: T[]): T[] {
    return new Proxy(list, {
      get: (target, key, receiver) => {
        if (typeof key === "string" && INDEX.test(key)) this.#spend();
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
  }

  #spend(): void {
    this.#reads += 1;
    if (this.isSpent) throw new Error("operation cancelled: actual cost limit exceeded");
  }
}
