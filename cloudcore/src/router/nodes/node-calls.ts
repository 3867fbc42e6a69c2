import { type Envelope, MapperkitError } from "@mapperkit/api";

/** The way to nodes, as rules need it. */
export interface RuleLink {
  isConnected(node: string): boolean;
  /** Sent once; nothing happens when the node is not connected. */
  send(node: string, message: Envelope): void;
}

interface Waiting {
  readonly node: string;
  readonly resolve: (answer: Envelope) => void;
  readonly reject: (error: Error) => void;
}

/** Questions to nodes that wait for their one answer. */
export class NodeCalls {
  readonly #link: RuleLink;
  readonly #waiting = new Map<string, Waiting>();

  constructor(link: RuleLink) {
    this.#link = link;
  }

  /**
   * Asked once, never again.
   * @throws MapperkitError `unreachable` when the node is or goes away; the signal's reason
   */
  ask(node: string, question: Envelope, signal: AbortSignal): Promise<Envelope> {
    const id = question.header.msg_id;
    if (!this.#link.isConnected(node)) return Promise.reject(away(node, "is not connected"));
    const { promise, resolve, reject } = Promise.withResolvers<Envelope>();
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.set(id, { node, resolve, reject });
    this.#link.send(node, question);
    return promise.finally(() => {
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(id);
    });
  }

  /** False when nobody waits for it. */
  settle(node: string, answer: Envelope): boolean {
    const waiting = this.#waiting.get(answer.header.parent_msg_id ?? "");
    if (waiting?.node !== node) return false;
    waiting.resolve(answer);
    return true;
  }

  nodeGone(node: string): void {
    for (const waiting of [...this.#waiting.values()]) {
      if (waiting.node === node) waiting.reject(away(node, "went away before it answered"));
    }
  }
}

function away(node: string, what: string): MapperkitError {
  return new MapperkitError("unreachable", `node ${node} ${what}`, { details: { node } });
}
