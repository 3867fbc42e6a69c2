import { PARAMETERS, type StatementName, type Value, type Write } from "./statements.ts";

/** Each run of writes of one statement: its name, how many, and the values of all of them. */
export type FlatWrites = readonly Value[];

/**
 * The writes of one commit as they cross to the worker: one flat list, since what crosses costs by
 * the object, and in runs, since SQLite takes many rows of one statement for less than one by one.
 */
export class WriteBatch {
  readonly #flat: Value[] = [];
  #statement: StatementName | undefined;
  #countAt = 0;

  add({ statement, values }: Write): void {
    const flat = this.#flat;
    if (this.#statement !== statement) {
      this.#statement = statement;
      this.#countAt = flat.length + 1;
      flat.push(statement, 0);
    }
    flat[this.#countAt] = (flat[this.#countAt] as number) + 1;
    for (const value of values) flat.push(value);
  }

  get flat(): FlatWrites {
    return this.#flat;
  }
}

/** What `take` is told: where in `flat` the values of `count` writes of one statement begin. */
export function eachRun(
  flat: FlatWrites,
  take: (statement: StatementName, count: number, from: number) => void,
): void {
  for (let at = 0; at < flat.length; ) {
    const statement = flat[at] as StatementName;
    const count = flat[at + 1] as number;
    take(statement, count, at + 2);
    at += 2 + count * PARAMETERS[statement];
  }
}
