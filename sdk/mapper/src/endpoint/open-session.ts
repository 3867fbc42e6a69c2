import type { Priority } from "./bus-queue.ts";

/** What is to be done, and with whom. */
export interface Operation {
  readonly unit: string;
  readonly priority: Priority;
  /** For the messages of errors. */
  readonly what: string;
  /** What is asked was silent before while its unit was not: more silence is no news of the unit. */
  readonly isKnownSilent?: boolean;
}

/** A driver's session from its opening until it is given up, and what is under way on it. */
export class OpenSession {
  readonly value: unknown;
  readonly #lost = Promise.withResolvers<void>();
  readonly #underWay: Operation[] = [];

  constructor(value: unknown) {
    this.value = value;
  }

  /** Resolves when it is given up. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  giveUp(): void {
    this.#lost.resolve();
  }

  begin(operation: Operation): void {
    this.#underWay.push(operation);
  }

  end(operation: Operation): void {
    this.#underWay.splice(this.#underWay.indexOf(operation), 1);
  }

  /**
   * Whose request ended the session, of all that were under way when `first` failed with it: the
   * only unit, or the first that was away before. Undefined when nobody can say.
   */
  culprit(first: Operation, isUp: (unit: string) => boolean): Operation | undefined {
    const isAlone = this.#underWay.every(({ unit }) => unit === first.unit);
    return isAlone ? first : this.#underWay.find(({ unit }) => !isUp(unit));
  }
}
