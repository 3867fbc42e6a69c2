import type { Clock } from "@mapperkit/runtime";

/** One period's devices, spread evenly over its slots. */
interface Ring {
  readonly slots: (() => void)[][];
  added: number;
  /** The last slot that was worked, counted since 1970. */
  workedTo: number;
}

const SLOT_MS = 10;

/**
 * Ticks for very many devices on one timer: the devices of a period are spread over it, so that
 * their work comes in small, even portions. Nothing is put in order, and nothing is made for a tick.
 */
export class TickWheel {
  readonly #clock: Clock;
  readonly #rings = new Map<number, Ring>();
  #stopBeat: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `work` every `ms`, at a phase of its own, until the result is called. */
  add(ms: number, work: () => void): () => void {
    const ring = this.#rings.get(ms) ?? this.#newRing(ms);
    const slot = ring.slots[ring.added % ring.slots.length] ?? [];
    ring.added += 1;
    slot.push(work);
    this.#stopBeat ??= this.#clock.every(SLOT_MS, () => this.#beat());
    return () => this.#remove(ms, ring, slot, work);
  }

  #newRing(ms: number): Ring {
    const count = Math.max(1, Math.round(ms / SLOT_MS));
    const slots = Array.from({ length: count }, () => []);
    const ring = { slots, added: 0, workedTo: this.#slotOfNow() };
    this.#rings.set(ms, ring);
    return ring;
  }

  #beat(): void {
    const now = this.#slotOfNow();
    for (const ring of this.#rings.values()) {
      // After a pause longer than the period each device ticks once: what was missed is skipped.
      const from = Math.max(ring.workedTo, now - ring.slots.length);
      // A clock that was set back must not silence the devices.
      ring.workedTo = now;
      for (let slot = from + 1; slot <= now; slot += 1) {
        const due = ring.slots[slot % ring.slots.length] ?? [];
        for (const work of due) work();
      }
    }
  }

  #remove(ms: number, ring: Ring, slot: (() => void)[], work: () => void): void {
    const at = slot.indexOf(work);
    if (at < 0) return;
    slot.splice(at, 1);
    if (ring.slots.every(({ length }) => length === 0)) this.#rings.delete(ms);
    if (this.#rings.size > 0) return;
    this.#stopBeat?.();
    this.#stopBeat = undefined;
  }

  #slotOfNow(): number {
    return Math.floor(this.#clock.now() / SLOT_MS);
  }
}
