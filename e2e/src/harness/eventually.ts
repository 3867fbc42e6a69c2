import { setTimeout as wait } from "node:timers/promises";

/**
 * Waits until `check` returns something other than undefined and does not throw.
 *
 * @throws an error that says what was waited for and what was seen last
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  withinMs = 45_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined) return value;
      last = "nothing yet";
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${withinMs} ms in vain until ${what}`, { cause: last });
    }
    await wait(25);
  }
}
