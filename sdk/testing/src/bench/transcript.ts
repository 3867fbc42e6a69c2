import { createHash, type Hash } from "node:crypto";

/** One piece of bytes as it crossed the wire. */
export interface TranscriptEntry {
  /** ms since 1970, virtual. */
  readonly atMs: number;
  /** Connections are numbered from 1 in the order in which they were opened. */
  readonly connection: number;
  /** `host:port` of the device. */
  readonly peer: string;
  /** `open` and `close` carry no bytes. */
  readonly what: "open" | "sent" | "received" | "close";
  readonly bytes: Uint8Array;
}

/** Enough for any failing test; the hash covers what was dropped too. */
const KEPT = 10_000;

/** Everything that crossed the wires of a bench, both ways, with its virtual time. */
export class Transcript {
  readonly #hash: Hash = createHash("sha256");
  readonly #listeners = new Set<(entry: TranscriptEntry) => void>();
  #entries: TranscriptEntry[] = [];
  #dropped = 0;

  /** The latest entries, oldest first. */
  get entries(): readonly TranscriptEntry[] {
    return this.#entries.length > KEPT ? this.#entries.slice(-KEPT) : this.#entries;
  }

  /** Entries that are no longer kept. */
  get dropped(): number {
    return this.#dropped + Math.max(0, this.#entries.length - KEPT);
  }

  add(entry: TranscriptEntry): void {
    this.#hash.update(`${entry.atMs} ${entry.connection} ${entry.peer} ${entry.what} `);
    this.#hash.update(entry.bytes).update("\n");
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * KEPT) {
      this.#dropped += this.#entries.length - KEPT;
      this.#entries = this.#entries.slice(-KEPT);
    }
    for (const hear of this.#listeners) hear(entry);
  }

  /** Hears every further entry until the result is called. */
  listen(hear: (entry: TranscriptEntry) => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  /** SHA-256 of everything so far, hexadecimal. Equal seeds give equal hashes. */
  hash(): string {
    return this.#hash.copy().digest("hex");
  }

  /** For people: one line for each entry that is kept. */
  text(): string {
    const startMs = this.#entries[0]?.atMs ?? 0;
    return this.entries.map((entry) => lineOf(entry, startMs)).join("\n");
  }
}

function lineOf({ atMs, connection, peer, what, bytes }: TranscriptEntry, startMs: number): string {
  const seconds = ((atMs - startMs) / 1000).toFixed(3);
  const arrow = { open: "++", sent: "->", received: "<-", close: "--" }[what];
  const shown = bytes.length === 0 ? "" : ` ${showBytes(bytes)}`;
  return `${seconds.padStart(9)} s  #${connection} ${peer} ${arrow}${shown}`;
}

/** Text in quotes, or hexadecimal for what is no text. */
export function showBytes(bytes: Uint8Array): string {
  const isText = bytes.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d,
  );
  if (isText) return JSON.stringify(Buffer.from(bytes).toString("latin1"));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
