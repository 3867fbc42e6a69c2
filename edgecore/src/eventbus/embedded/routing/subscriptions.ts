import { TopicTree } from "./topic-tree.ts";

interface Subscription<S> {
  readonly filter: string;
  readonly subscriber: S;
  qos: number;
}

/** Somebody who hears a topic, once however many of its subscriptions fit, at the highest QoS of them. */
export interface Listener<S> {
  readonly subscriber: S;
  qos: number;
}

/** Topics of a node are few and come again; a client that makes up new ones must not fill memory. */
const MAX_REMEMBERED = 10_000;

/** Who listens to what. */
export class Subscriptions<S> {
  readonly #tree = new TopicTree<Subscription<S>>();
  readonly #bySubscriber = new Map<S, Map<string, Subscription<S>>>();
  readonly #listeners = new Map<string, readonly Listener<S>[]>();
  readonly #beside = new Map<string, boolean>();

  add(subscriber: S, filter: string, qos: number): void {
    const own = this.#bySubscriber.get(subscriber) ?? new Map<string, Subscription<S>>();
    this.#bySubscriber.set(subscriber, own);
    const known = own.get(filter);
    if (known?.qos === qos) return;
    this.#forgetAnswers();
    if (known) {
      known.qos = qos;
      return;
    }
    const subscription = { filter, subscriber, qos };
    own.set(filter, subscription);
    this.#tree.add(filter, subscription);
  }

  remove(subscriber: S, filter: string): void {
    const own = this.#bySubscriber.get(subscriber);
    const subscription = own?.get(filter);
    if (!own || !subscription) return;
    own.delete(filter);
    if (own.size === 0) this.#bySubscriber.delete(subscriber);
    this.#tree.remove(filter, subscription);
    this.#forgetAnswers();
  }

  drop(subscriber: S): void {
    const filters = this.#bySubscriber.get(subscriber)?.keys() ?? [];
    for (const filter of [...filters]) this.remove(subscriber, filter);
  }

  has(subscriber: S): boolean {
    return this.#bySubscriber.has(subscriber);
  }

  listenersTo(topic: string): readonly Listener<S>[] {
    const known = this.#listeners.get(topic);
    if (known) return known;
    const found = new Map<S, Listener<S>>();
    for (const { subscriber, qos } of this.#tree.matching(topic)) {
      const listener = found.get(subscriber);
      if (listener) listener.qos = Math.max(listener.qos, qos);
      else found.set(subscriber, { subscriber, qos });
    }
    const listeners = [...found.values()];
    remember(this.#listeners, topic, listeners);
    return listeners;
  }

  /**
   * Whether somebody hears `topic` who does not hear `other` by the same subscription; so nobody
   * gets a message twice because a wildcard covers both forms of its topic.
   */
  wantsBeside(topic: string, other: string): boolean {
    const known = this.#beside.get(topic);
    if (known !== undefined) return known;
    const ofOther = new Set(this.#tree.matching(other));
    const answer = this.#tree.matching(topic).some((one) => !ofOther.has(one));
    remember(this.#beside, topic, answer);
    return answer;
  }

  #forgetAnswers(): void {
    this.#listeners.clear();
    this.#beside.clear();
  }
}

function remember<T>(answers: Map<string, T>, topic: string, answer: T): void {
  if (answers.size >= MAX_REMEMBERED) answers.clear();
  answers.set(topic, answer);
}
