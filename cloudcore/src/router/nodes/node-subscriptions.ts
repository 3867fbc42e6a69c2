import { randomUUID } from "node:crypto";
import { makeEnvelope } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { ReadyRule, RuleBook } from "../rules/rule-book.ts";
import type { RuleLink } from "./node-calls.ts";

/** What one connected node was told to listen to. */
interface Told {
  readonly takesLists: boolean;
  topics: readonly string[] | undefined;
}

/** The topic filter of a rule at its node: in the namespace of the rule (router §5.4). */
export function filterOf({ rule }: ReadyRule): string {
  return `${rule.metadata.namespace ?? "default"}/${rule.spec.sourceResource.topic ?? ""}`;
}

/**
 * Tells each connected node what rules want to hear of it: ours the whole list, so that nothing stays
 * of rules that went while it was away; KubeEdge's each difference.
 */
export class NodeSubscriptions {
  readonly #book: RuleBook;
  readonly #link: RuleLink;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, Told>();
  #isSynced = false;
  #isPlanned = false;

  constructor(parts: { book: RuleBook; link: RuleLink; clock: Clock }) {
    this.#book = parts.book;
    this.#link = parts.link;
    this.#clock = parts.clock;
  }

  /** Whether all rules are known: before that, a missing one means nothing. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  rulesKnown(): void {
    this.#isSynced = true;
    this.rulesChanged();
  }

  /** Many changes come at once. */
  rulesChanged(): void {
    if (!this.#isSynced || this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      for (const [node, told] of this.#nodes) this.#tell(node, told);
    });
  }

  nodeConnected(node: string, takesLists: boolean): void {
    const told = { takesLists, topics: undefined };
    this.#nodes.set(node, told);
    if (this.#isSynced) this.#tell(node, told);
  }

  nodeDisconnected(node: string): void {
    this.#nodes.delete(node);
  }

  #tell(node: string, told: Told): void {
    const rules = this.#book.readyFrom("eventbus");
    const mine = rules.filter(({ rule }) => rule.spec.sourceResource.node_name === node);
    const topics = [...new Set(mine.map(filterOf))].sort();
    const before = told.topics ?? [];
    const isFirst = told.topics === undefined;
    told.topics = topics;
    if (told.takesLists) {
      const isSame = topics.join("\0") === before.join("\0");
      if (isFirst || !isSame) this.#send(node, "topics", "", { topics });
      return;
    }
    for (const topic of topics) if (!before.includes(topic)) this.#send(node, "subscribe", topic);
    for (const topic of before) if (!topics.includes(topic)) this.#send(node, "unsubscribe", topic);
  }

  #send(node: string, operation: string, resource: string, content: unknown = ""): void {
    const route = { source: "router_eventbus", group: "user", operation, resource };
    const timestamp = this.#clock.now();
    this.#link.send(node, makeEnvelope({ id: randomUUID(), timestamp, ...route, content }));
  }
}
