import type { Clock } from "../time/clock.ts";
import { DeadlineQueue } from "../time/deadline-queue.ts";

/** One deadline per key, the earliest asked for, and one sleep for all of them. */
export class KeyTimers {
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;
  readonly #dueMs = new Map<string, number>();
  /** May hold deadlines that `#dueMs` no longer knows; they are passed over. */
  readonly #deadlines = new DeadlineQueue<string>();
  #alarm: { readonly dueMs: number; readonly cancel: AbortController } | undefined;

  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  set(key: string, ms: number): void {
    const dueMs = this.#clock.monotonic() + Math.max(0, ms);
    const presentMs = this.#dueMs.get(key);
    if (presentMs !== undefined && presentMs <= dueMs) return;
    this.#dueMs.set(key, dueMs);
    this.#deadlines.push(dueMs, key);
    this.#setAlarm();
  }

  cancel(key: string): void {
    this.#dueMs.delete(key);
  }

  stop(): void {
    this.#dueMs.clear();
    this.#alarm?.cancel.abort();
    this.#alarm = undefined;
  }

  #setAlarm(): void {
    const dueMs = this.#deadlines.firstDueMs;
    if (dueMs === undefined || (this.#alarm && this.#alarm.dueMs <= dueMs)) return;
    this.#alarm?.cancel.abort();
    const cancel = new AbortController();
    this.#alarm = { dueMs, cancel };
    this.#clock.sleep(dueMs - this.#clock.monotonic(), cancel.signal).then(
      () => this.#ring(),
      // Only an earlier alarm or stop() cancels it.
      () => {},
    );
  }

  #ring(): void {
    this.#alarm = undefined;
    for (;;) {
      const due = this.#deadlines.takeDue(this.#clock.monotonic());
      if (due === undefined) break;
      if (this.#dueMs.get(due.item) !== due.dueMs) continue;
      this.#dueMs.delete(due.item);
      this.#onDue(due.item);
    }
    if (this.#dueMs.size > 0) this.#setAlarm();
  }
}
