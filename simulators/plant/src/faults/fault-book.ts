import { MapperkitError, parseDuration } from "@mapperkit/api";
import type { Clock, Random } from "@mapperkit/runtime";
import type { FaultKind, SimFault } from "./sim-fault.ts";

export type FaultOf<K extends FaultKind> = Extract<SimFault, { kind: K }>;

interface Entry {
  readonly fault: SimFault;
  readonly endsAt: number;
  readonly cancel: AbortController;
  beganAt: number | undefined;
}

/** A fault that a device suffers, or will. */
export interface InjectedFault {
  readonly fault: SimFault;
  /** False while its time is still to come. */
  readonly isThere: boolean;
  /** Takes it away; doing so twice is harmless. */
  undo(): void;
}

export interface FaultBookParts {
  readonly clock: Clock;
  /** Asked for once, by the first fault that strikes only some requests. */
  readonly random: () => Random;
  /** Called at the moment at which a fault begins, and once more when it ends. */
  readonly onChange: (fault: SimFault, isThere: boolean) => void;
}

/** The faults that one device suffers now, and those that are to come. */
export class FaultBook {
  readonly #parts: FaultBookParts;
  /** Made with the first fault: most devices among very many never have one. */
  #entries: Set<Entry> | undefined;
  #random: Random | undefined;

  constructor(parts: FaultBookParts) {
    this.#parts = parts;
  }

  /**
   * Adds a fault. The result takes it away again; doing so twice is harmless.
   * @throws MapperkitError `invalid_input` naming the field that is no duration or no probability
   */
  inject(fault: SimFault): () => void {
    const { clock } = this.#parts;
    const delayMs = fault.at === undefined ? 0 : parseDuration(fault.at, "at");
    const defaultFor = fault.kind === "restart" ? "1s" : undefined;
    const length = fault.for ?? defaultFor;
    const lengthMs = length === undefined ? Number.POSITIVE_INFINITY : parseDuration(length, "for");
    checkProbability(fault.p);
    const endsAt = clock.now() + delayMs + lengthMs;
    const entry: Entry = { fault, endsAt, cancel: new AbortController(), beganAt: undefined };
    this.#entries ??= new Set();
    this.#entries.add(entry);
    if (delayMs === 0) this.#begin(entry);
    else this.#later(delayMs, entry, () => this.#begin(entry));
    return () => this.#end(entry);
  }

  /** Whether there is none, now or later. */
  get isEmpty(): boolean {
    return this.#entries === undefined || this.#entries.size === 0;
  }

  /** In the order in which they were injected. */
  list(): InjectedFault[] {
    return Array.from(this.#entries ?? [], (entry) => ({
      fault: entry.fault,
      isThere: entry.beganAt !== undefined,
      undo: () => this.#end(entry),
    }));
  }

  /** The fault of this kind that strikes the present request, if one does. */
  striking<K extends FaultKind>(kind: K): FaultOf<K> | undefined {
    return this.#find(kind, () => true)?.fault as FaultOf<K> | undefined;
  }

  /** As striking(), for one property; with the time since the fault began. */
  strikingProperty<K extends "stuck" | "drift" | "spike" | "quality">(
    kind: K,
    property: string,
  ): { readonly fault: FaultOf<K>; readonly sinceMs: number } | undefined {
    const entry = this.#find(kind, (fault) => "property" in fault && fault.property === property);
    if (!entry) return undefined;
    const sinceMs = this.#parts.clock.now() - (entry.beganAt ?? 0);
    return { fault: entry.fault as FaultOf<K>, sinceMs };
  }

  /** Ends all faults. */
  clear(): void {
    for (const entry of this.#entries ?? []) this.#end(entry);
  }

  #find(kind: FaultKind, fits: (fault: SimFault) => boolean): Entry | undefined {
    for (const entry of this.#entries ?? []) {
      const { fault, beganAt } = entry;
      if (beganAt === undefined || fault.kind !== kind || !fits(fault)) continue;
      const p = fault.p ?? (kind === "spike" ? 0.1 : 1);
      if (p >= 1 || this.#chance() < p) return entry;
    }
    return undefined;
  }

  #chance(): number {
    this.#random ??= this.#parts.random();
    return this.#random.next();
  }

  #begin(entry: Entry): void {
    const { clock, onChange } = this.#parts;
    entry.beganAt = clock.now();
    if (Number.isFinite(entry.endsAt)) {
      this.#later(entry.endsAt - clock.now(), entry, () => this.#end(entry));
    }
    onChange(entry.fault, true);
  }

  #end(entry: Entry): void {
    if (!this.#entries?.delete(entry)) return;
    entry.cancel.abort();
    if (entry.beganAt !== undefined) this.#parts.onChange(entry.fault, false);
  }

  #later(ms: number, entry: Entry, act: () => void): void {
    this.#parts.clock.sleep(ms, entry.cancel.signal).then(act, () => undefined);
  }
}

function checkProbability(p: number | undefined): void {
  if (p === undefined || (p >= 0 && p <= 1)) return;
  throw new MapperkitError("invalid_input", `p is ${p}, must be 0 to 1`, {
    details: { field: "p" },
  });
}
