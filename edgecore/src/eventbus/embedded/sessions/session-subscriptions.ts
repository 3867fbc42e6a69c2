import { matchesFilter } from "../routing/topic-filter.ts";

export interface Subscription {
  readonly topic: string;
  readonly qos: number;
  /** The rest are MQTT 5's options, kept for what they are. */
  readonly rh?: number | undefined;
  readonly rap?: boolean | undefined;
  readonly nl?: boolean | undefined;
  readonly subscriptionIdentifier?: number | undefined;
}
type Found = Subscription & { readonly clientId: string };

/** Topics of a node are few and come again; a client that makes up new ones must not fill memory. */
const MAX_REMEMBERED = 10_000;

/** The subscriptions of sessions that outlive their connection. */
export class SessionSubscriptions {
  readonly #byClient = new Map<string, Map<string, Subscription>>();
  readonly #found = new Map<string, readonly Found[]>();

  add(clientId: string, subscription: Subscription): Subscription {
    const { topic, qos, rh, rap, nl, subscriptionIdentifier } = subscription;
    const kept = {
      ...{ topic, qos, rh, rap, nl },
      ...(subscriptionIdentifier !== undefined && { subscriptionIdentifier }),
    };
    const own = this.#byClient.get(clientId) ?? new Map<string, Subscription>();
    this.#byClient.set(clientId, own.set(topic, kept));
    this.#found.clear();
    return kept;
  }

  remove(clientId: string, filter: string): boolean {
    const own = this.#byClient.get(clientId);
    if (!own?.delete(filter)) return false;
    if (own.size === 0) this.#byClient.delete(clientId);
    this.#found.clear();
    return true;
  }

  of(clientId: string): Subscription[] {
    return [...(this.#byClient.get(clientId)?.values() ?? [])];
  }

  *all(): Iterable<Found> {
    for (const [clientId, own] of this.#byClient) {
      for (const subscription of own.values()) yield { clientId, ...subscription };
    }
  }

  /** What is kept for a client that is away: QoS 0 is not (MQTT-3.1.2-5). */
  matching(topic: string): readonly Found[] {
    if (this.#byClient.size === 0) return [];
    const known = this.#found.get(topic);
    if (known) return known;
    const found: Found[] = [];
    for (const [clientId, own] of this.#byClient) {
      for (const subscription of own.values()) {
        const isKept = subscription.qos > 0 && matchesFilter(subscription.topic, topic);
        if (isKept) found.unshift({ clientId, ...subscription });
      }
    }
    if (this.#found.size >= MAX_REMEMBERED) this.#found.clear();
    this.#found.set(topic, found);
    return found;
  }

  clientsOf(filter: string): string[] {
    return [...this.#byClient].filter(([, own]) => own.has(filter)).map(([clientId]) => clientId);
  }

  count(): { subsCount: number; clientsCount: number } {
    let subsCount = 0;
    for (const own of this.#byClient.values()) {
      for (const { qos } of own.values()) if (qos > 0) subsCount += 1;
    }
    return { subsCount, clientsCount: this.#byClient.size };
  }
}
