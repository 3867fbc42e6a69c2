import type { Condition, Rule, RuleStatus } from "@mapperkit/api";
import type { Clock, Component, Log } from "@mapperkit/runtime";
import { type RuleBook, ruleIdOf } from "./rule-book.ts";

/** Where the status of rules is kept. */
export interface RuleStatusStore {
  /** @throws MapperkitError */
  mergeStatus(rule: Rule, status: RuleStatus, signal: AbortSignal): Promise<void>;
}

/** What has happened to one rule. */
interface Count {
  readonly uid: string | undefined;
  success: number;
  fail: number;
  errors: string[];
}

const FLUSH_EVERY_MS = 1_000;
const KEPT_ERRORS = 5;
const MAX_ERROR_CHARACTERS = 500;

/** Counts what rules do, and writes it into their status, each at most once a second. */
export class RuleTally implements Component {
  readonly name = "rule-status";
  readonly #book: RuleBook;
  readonly #store: RuleStatusStore;
  readonly #isConnected: (node: string) => boolean;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #counts = new Map<string, Count>();
  readonly #dirty = new Set<string>();
  readonly #stopping = new AbortController();
  #stopTicking: (() => void) | undefined;
  #flushing: Promise<void> | undefined;
  #successes = 0;
  #failures = 0;

  constructor(options: {
    book: RuleBook;
    store: RuleStatusStore;
    isConnected: (node: string) => boolean;
    clock: Clock;
    log: Log;
  }) {
    this.#book = options.book;
    this.#store = options.store;
    this.#isConnected = options.isConnected;
    this.#clock = options.clock;
    this.#log = options.log.child({ component: this.name });
  }

  /** Of all rules since the start of this process. */
  get successes(): number {
    return this.#successes;
  }

  get failures(): number {
    return this.#failures;
  }

  async start(): Promise<void> {
    this.#stopTicking = this.#clock.every(FLUSH_EVERY_MS, () => this.#flushSoon());
  }

  async stop(): Promise<void> {
    this.#stopTicking?.();
    await this.#flushing;
    await this.#flush();
    this.#stopping.abort();
  }

  countSuccess(id: string): void {
    this.#successes += 1;
    const count = this.#counts.get(id);
    if (count) count.success += 1;
    this.#dirty.add(id);
  }

  countFailure(id: string, reason: string): void {
    this.#failures += 1;
    const count = this.#counts.get(id);
    this.#dirty.add(id);
    if (!count) return;
    count.fail += 1;
    const text = `${new Date(this.#clock.now()).toISOString()} ${reason}`;
    count.errors = [...count.errors, text.slice(0, MAX_ERROR_CHARACTERS)].slice(-KEPT_ERRORS);
  }

  /** A rule was seen: it goes on from the numbers that its status has. */
  ruleSeen(rule: Rule): void {
    const id = ruleIdOf(rule);
    const { uid } = rule.metadata;
    const known = this.#counts.get(id);
    this.#dirty.add(id);
    if (known?.uid === uid && known) return;
    const { successMessages = 0, failMessages = 0, errors = [] } = rule.status ?? {};
    this.#counts.set(id, { uid, success: successMessages, fail: failMessages, errors });
  }

  ruleGone(rule: Rule): void {
    this.#counts.delete(ruleIdOf(rule));
  }

  /** What rules depend on has changed: an endpoint, or who is connected. */
  surroundingsChanged(): void {
    for (const rule of this.#book.rules) this.#dirty.add(ruleIdOf(rule));
  }

  #flushSoon(): void {
    if (this.#flushing || this.#dirty.size === 0) return;
    this.#flushing = this.#flush().finally(() => {
      this.#flushing = undefined;
    });
  }

  async #flush(): Promise<void> {
    const ids = new Set(this.#dirty);
    this.#dirty.clear();
    for (const rule of [...this.#book.rules]) {
      if (ids.has(ruleIdOf(rule))) await this.#write(rule);
    }
  }

  async #write(rule: Rule): Promise<void> {
    const status = this.#statusOf(rule);
    if (!status || isSame(rule.status, status)) return;
    try {
      await this.#store.mergeStatus(rule, status, this.#stopping.signal);
    } catch (error) {
      this.#log.debug("the status of a rule was not written", { rule: ruleIdOf(rule), error });
      if (this.#book.has(ruleIdOf(rule))) this.#dirty.add(ruleIdOf(rule));
    }
  }

  #statusOf(rule: Rule): RuleStatus | undefined {
    const count = this.#counts.get(ruleIdOf(rule));
    if (!count) return undefined;
    const conditions = [this.#ready(rule), ...this.#nodeConnected(rule)];
    return {
      successMessages: count.success,
      failMessages: count.fail,
      errors: count.errors,
      conditions: conditions.map((each) => this.#since(rule, each)),
    };
  }

  #ready(rule: Rule): Omit<Condition, "lastTransitionTime"> {
    const faults = this.#book.faultsOf(rule);
    const message = faults.map(({ field, message }) => `${field}: ${message}`).join("; ");
    return faults.length === 0
      ? { type: "Ready", status: "True", reason: "EndpointsResolved", message: "" }
      : { type: "Ready", status: "False", reason: "CannotBeUsed", message };
  }

  #nodeConnected({ spec }: Rule): Omit<Condition, "lastTransitionTime">[] {
    const { node_name: node } = spec.sourceResource;
    if (node === undefined) return [];
    const isUp = this.#isConnected(node);
    const message = `node ${node} is ${isUp ? "" : "not "}connected`;
    const reason = isUp ? "Connected" : "NotConnected";
    return [{ type: "NodeConnected", status: isUp ? "True" : "False", reason, message }];
  }

  #since(rule: Rule, condition: Omit<Condition, "lastTransitionTime">): Condition {
    const before = rule.status?.conditions?.find(({ type }) => type === condition.type);
    const isSame = before?.status === condition.status;
    const now = () => new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    return {
      ...condition,
      lastTransitionTime: before && isSame ? before.lastTransitionTime : now(),
    } as Condition;
  }
}

function isSame(live: RuleStatus | undefined, wanted: RuleStatus): boolean {
  const picked = (status: RuleStatus | undefined) =>
    JSON.stringify([
      ...[status?.successMessages, status?.failMessages, status?.errors ?? []],
      (status?.conditions ?? []).map((each) => [each.type, each.status, each.reason, each.message]),
    ]);
  return picked(live) === picked(wanted);
}
