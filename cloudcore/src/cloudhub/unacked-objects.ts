import type { Envelope } from "@mapperkit/api";

/** How many first sends may be unanswered at once: enough to fill a slow link. */
const WINDOW = 256;
/** Re-sends have few places of their own, so that dead objects never keep a live one waiting. */
const RESEND_WINDOW = 16;
/** How long a message holds one of these places. */
const ANSWER_WITHIN_MS = 5_000;
/** A link loses nothing while it stands: of a node that has answered nothing for this long, sends are lost. */
const SILENT_WITHIN_MS = 30_000;
/** Thousands may be paused, and each answer brings one here. */
const LOOK_AT_PAUSED_EVERY_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Entry {
  readonly key: string;
  readonly message: Envelope;
  sends: number;
  /** Its place in the order of all sends. */
  sentAs: number;
  sentAt: number;
  /** When the answer is overdue, or when to send again. */
  dueAt: number;
}

/**
 * Objects on their way to one node: the newest version of each is sent again until the node
 * acknowledges it, and none waits for another. A node answers about in the order in which it was
 * told: so it has passed over what is overdue when it has answered something later, and is merely
 * slow otherwise.
 */
export class UnackedObjects {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byMessage = new Map<string, Entry>();
  readonly #fresh = new Set<Entry>();
  readonly #overdue = new Set<Entry>();
  readonly #firstSends = new Set<Entry>();
  readonly #resends = new Set<Entry>();
  readonly #paused = new Set<Entry>();
  #sends = 0;
  /** The latest send that was answered. */
  #answered = 0;
  #hasHeard = false;
  #heardAt = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A newer message of a key replaces the older one. False when there is no room for another key. */
  put(key: string, message: Envelope): boolean {
    const older = this.#entries.get(key);
    if (older) this.#forget(older);
    else if (this.#entries.size >= this.#limit) return false;
    const entry = { key, message, sends: 0, sentAs: 0, sentAt: 0, dueAt: 0 };
    this.#entries.set(key, entry);
    this.#byMessage.set(message.header.msg_id, entry);
    this.#fresh.add(entry);
    return true;
  }

  /** The message, when it was the newest of its object. */
  ack(messageId: string): Envelope | undefined {
    const entry = this.#byMessage.get(messageId);
    if (!entry) return undefined;
    this.#answered = Math.max(this.#answered, entry.sentAs);
    this.#hasHeard = true;
    this.#forget(entry);
    return entry.message;
  }

  /** What is to be sent now; each counts as sent. */
  takeSendable(now: number): Envelope[] {
    this.#expire(now);
    return [
      ...this.#take(this.#fresh, this.#firstSends, WINDOW, now),
      ...this.#take(this.#overdue, this.#resends, RESEND_WINDOW, now),
    ];
  }

  *#take(from: Set<Entry>, to: Set<Entry>, window: number, now: number): Generator<Envelope> {
    for (const entry of from) {
      if (to.size >= window) return;
      from.delete(entry);
      to.add(entry);
      entry.sends += 1;
      entry.sentAs = ++this.#sends;
      entry.sentAt = now;
      entry.dueAt = now + ANSWER_WITHIN_MS;
      yield entry.message;
    }
  }

  #expire(now: number): void {
    for (const sent of [this.#firstSends, this.#resends]) {
      for (const entry of sent) {
        if (entry.dueAt > now) continue;
        sent.delete(entry);
        entry.dueAt = entry.sends === 1 ? now : now + pauseAfter(entry.sends);
        this.#paused.add(entry);
      }
    }
    if (this.#hasHeard) this.#heardAt = now;
    this.#hasHeard = false;
    if (now - this.#lookedAt < LOOK_AT_PAUSED_EVERY_MS) return;
    this.#lookedAt = now;
    for (const entry of this.#paused) {
      if (entry.sends === 1 ? !this.#isLost(entry, now) : entry.dueAt > now) continue;
      this.#paused.delete(entry);
      this.#overdue.add(entry);
    }
  }

  /** Whether the node has passed over a first send, or answers nothing at all. */
  #isLost(entry: Entry, now: number): boolean {
    if (entry.sentAs < this.#answered) return true;
    return now - Math.max(this.#heardAt, entry.sentAt) >= SILENT_WITHIN_MS;
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#byMessage.delete(entry.message.header.msg_id);
    this.#fresh.delete(entry);
    this.#overdue.delete(entry);
    this.#firstSends.delete(entry);
    this.#resends.delete(entry);
    this.#paused.delete(entry);
  }
}

function pauseAfter(sends: number): number {
  return Math.min(ANSWER_WITHIN_MS * 2 ** Math.min(sends, 4), LONGEST_PAUSE_MS);
}
