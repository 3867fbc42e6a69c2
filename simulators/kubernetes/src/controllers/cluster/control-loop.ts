import { KeyQueue, type Log, type Outcome } from "@mapperkit/runtime";
import type { World } from "../../objects/index.ts";
import { StatusError } from "../../status/index.ts";
import type { Change } from "../../store/index.ts";
import type { Kind } from "./kinds.ts";

export interface ControlLoop {
  readonly name: string;
  /** Changes of these kinds are looked at; at the start all of their objects are. */
  readonly follows: readonly Kind[];
  /** The keys that a change concerns. */
  readonly keysOf: (change: Change) => Iterable<string>;
  /** Reads the present state of `key` and moves it one step. */
  readonly reconcile: (key: string) => Promise<Outcome>;
}

/** What another write, or a namespace that goes, made impossible: a later change asks again. */
const SOON = { requeueAfterMs: 20 };

/** Runs a controller until the returned function is called. */
export function startLoop(world: World, log: Log, loop: ControlLoop): () => void {
  const { name, follows, keysOf } = loop;
  const { clock, random, store } = world;
  const reconcile = (key: string) => loop.reconcile(key).catch(outcomeOf);
  const queue = new KeyQueue({ name, reconcile, clock, random, log, concurrency: 1 });
  const storages = new Set(follows.map(({ storage }) => storage));
  const notice = (change: Change) => {
    for (const key of keysOf(change)) queue.add(key);
  };
  for (const storage of storages) {
    for (const object of store.list(storage))
      notice({ type: "ADDED", object, previous: undefined });
  }
  const unsubscribe = store.subscribe((change) => {
    if (storages.has(change.object.resource)) notice(change);
  });
  void queue.start(new AbortController().signal);
  return () => {
    unsubscribe();
    void queue.stop();
  };
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof StatusError)) throw error;
  const isTerminating = error.details?.causes?.some((c) => c.reason === "NamespaceTerminating");
  if (error.code === 404 || isTerminating === true) return undefined;
  if (error.code === 409) return SOON;
  throw error;
}
