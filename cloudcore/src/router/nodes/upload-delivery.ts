import { type Envelope, MapperkitError } from "@mapperkit/api";
import type { Clock, Component } from "@mapperkit/runtime";
import { postTo } from "../rest/post-to.ts";
import type { ReadyRule, RuleBook } from "../rules/rule-book.ts";
import type { RuleTally } from "../rules/rule-tally.ts";
import type { RuleLink } from "./node-calls.ts";
import { filterOf } from "./node-subscriptions.ts";
import { type Outcome, uploadAnswer } from "./upload-answer.ts";

/** Of messages that some of their rules have got, and others not yet. */
const MAX_HALF_DONE = 10_000;
/** Of one node and topic; what a stock edge sends beyond it is lost, as it is with KubeEdge. */
const MAX_QUEUED = 1_000;

/** Takes what nodes say on MQTT to the HTTP servers that rules name, in order per node and topic. */
export class UploadDelivery implements Component {
  readonly name = "rule-uploads";
  readonly #parts: {
    readonly book: RuleBook;
    readonly link: RuleLink;
    readonly tally: RuleTally;
    readonly clock: Clock;
    readonly isSynced: () => boolean;
  };
  readonly #queues = new Map<string, { length: number; last: Promise<void> }>();
  readonly #halfDone = new Map<string, Set<string>>();
  readonly #stopping = new AbortController();

  constructor(parts: {
    book: RuleBook;
    link: RuleLink;
    tally: RuleTally;
    clock: Clock;
    isSynced: () => boolean;
  }) {
    this.#parts = parts;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#stopping.abort(new MapperkitError("unreachable", "the router stops"));
    await Promise.all([...this.#queues.values()].map(({ last }) => last));
  }

  /** @param isKept whether the node keeps the message until it is answered */
  take(node: string, message: Envelope, isKept: boolean): void {
    const key = `${node} ${message.route.resource}`;
    const queue = this.#queues.get(key) ?? { length: 0, last: Promise.resolve() };
    this.#queues.set(key, queue);
    if (queue.length >= MAX_QUEUED) {
      if (isKept) this.#answer(node, message, "again");
      return;
    }
    queue.length += 1;
    queue.last = queue.last.then(async () => {
      const outcome = await this.#deliver(node, message);
      if (isKept) this.#answer(node, message, outcome);
      queue.length -= 1;
      if (queue.length === 0) this.#queues.delete(key);
    });
  }

  #answer(node: string, message: Envelope, outcome: Outcome): void {
    this.#parts.link.send(node, uploadAnswer(message, outcome, this.#parts.clock));
  }

  /** Never rejects. */
  async #deliver(node: string, message: Envelope): Promise<Outcome> {
    if (!this.#parts.isSynced()) return "again";
    const topic = message.route.resource ?? "";
    const rules = this.#parts.book
      .readyFrom("eventbus")
      .filter((each) => each.rule.spec.sourceResource.node_name === node)
      .filter((each) => fits(filterOf(each), topic));
    const { msg_id: id } = message.header;
    const done = this.#halfDone.get(id) ?? new Set<string>();
    const open = rules.filter(({ id: rule }) => !done.has(rule));
    const outcomes = await Promise.all(
      open.map(async (rule) => {
        const outcome = await this.#post(node, message, rule);
        if (outcome !== "again") done.add(rule.id);
        return outcome;
      }),
    );
    this.#halfDone.delete(id);
    if (outcomes.includes("again")) {
      this.#remember(id, done);
      return "again";
    }
    if (outcomes.includes("refused")) return "refused";
    return rules.length === 0 ? "nobody" : "delivered";
  }

  #remember(id: string, done: Set<string>): void {
    this.#halfDone.set(id, done);
    const [oldest] = this.#halfDone.keys();
    if (this.#halfDone.size > MAX_HALF_DONE && oldest !== undefined) this.#halfDone.delete(oldest);
  }

  async #post(node: string, message: Envelope, ready: ReadyRule): Promise<Outcome> {
    const { id, rule, target } = ready;
    const url = rule.spec.targetResource.resource ?? "";
    const headers = {
      nodename: node,
      "idempotency-key": `${message.header.msg_id}.${rule.metadata.name}`,
    };
    try {
      const body = payloadOf(message.content);
      const { properties } = target.spec;
      const tools = { clock: this.#parts.clock, signal: this.#stopping.signal };
      const { status } = await postTo({ url, headers, body, properties }, tools);
      if (status >= 200 && status < 300) {
        this.#parts.tally.countSuccess(id);
        return "delivered";
      }
      this.#parts.tally.countFailure(id, `${url} answered with ${status}`);
      return status >= 500 || status === 408 || status === 429 ? "again" : "refused";
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.tally.countFailure(id, `${url}: ${why}`);
      return "again";
    }
  }
}

/** Text; our edge sends what is no text as base64. */
function payloadOf(content: unknown): Buffer {
  if (typeof content === "string") return Buffer.from(content);
  const { base64 } = (content ?? {}) as { base64?: unknown };
  return typeof base64 === "string"
    ? Buffer.from(base64, "base64")
    : Buffer.from(JSON.stringify(content ?? ""));
}

/** MQTT 3.1.1 §4.7 */
export function fits(filter: string, topic: string): boolean {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  for (const [at, level] of wanted.entries()) {
    if (level === "#") return true;
    if (at >= levels.length || (level !== "+" && level !== levels[at])) return false;
  }
  return wanted.length === levels.length;
}
