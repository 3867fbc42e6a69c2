import { createHash } from "node:crypto";
import { type Device, MapperkitError } from "@mapperkit/api";
import { type Clock, type Component, KeyQueue, type Log, type Random } from "@mapperkit/runtime";
import type { DeviceTransition, TransitionLog } from "../../devicecontroller/index.ts";
import type { KubeClient } from "../client/kube-client.ts";
import { isPassing } from "../client/kube-error.ts";
import { EVENTS } from "../client/kube-resource.ts";

const COMPONENT = "mapperkit-cloudcore";
/** Events help people; they are not worth more memory than this. */
const MAX_PENDING = 2_000;

interface PendingEvent {
  readonly namespace: string;
  readonly device: Device;
  readonly transition: DeviceTransition;
  /** ms since 1970 */
  readonly firstAt: number;
  lastAt: number;
  count: number;
}

/** Writes core/v1 Events; the same words about the same device are counted, not repeated. */
export class KubeEventLog implements TransitionLog, Component {
  readonly name = "event-log";
  /** Events that were not written, for want of room or permission. */
  dropped = 0;
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pending = new Map<string, PendingEvent>();
  readonly #queue: KeyQueue;

  constructor(options: { client: KubeClient; clock: Clock; random: Random; log: Log }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#queue = new KeyQueue({
      ...options,
      name: this.name,
      reconcile: async (key, signal) => this.#write(key, signal),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#queue.start(signal);
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  record(device: Device, transition: DeviceTransition): void {
    const key = eventName(device, transition);
    const now = this.#clock.now();
    const known = this.#pending.get(key);
    if (known) {
      known.count += 1;
      known.lastAt = now;
    } else if (this.#pending.size >= MAX_PENDING) {
      this.dropped += 1;
      return;
    } else {
      const namespace = device.metadata.namespace ?? "default";
      const event = { namespace, device, transition, firstAt: now, lastAt: now, count: 1 };
      this.#pending.set(key, event);
    }
    this.#queue.add(key);
  }

  async #write(name: string, signal: AbortSignal): Promise<undefined> {
    const event = this.#pending.get(name);
    if (!event) return undefined;
    const { count } = event;
    try {
      await this.#createOrCount(name, event, count, signal);
    } catch (error) {
      if (isPassing(error)) throw error;
      this.dropped += 1;
      this.#log.debug("an event was not written", { event: name, error });
    }
    event.count -= count;
    if (event.count <= 0) this.#pending.delete(name);
    return undefined;
  }

  async #createOrCount(
    name: string,
    event: PendingEvent,
    count: number,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#client.create(EVENTS, eventObject(name, event, count), { signal });
    } catch (error) {
      if (!(error instanceof MapperkitError) || error.code !== "conflict") throw error;
      const ref = { namespace: event.namespace, name };
      const held = await this.#client.get(EVENTS, ref, signal);
      const patch = {
        count: Number(held.count ?? 0) + count,
        lastTimestamp: timeOf(event.lastAt),
      };
      await this.#client.mergePatch(EVENTS, ref, { patch, signal });
    }
  }
}

/** Equal words about one object share a name, across restarts too. */
function eventName(device: Device, { type, reason, message }: DeviceTransition): string {
  const { name, namespace, uid } = device.metadata;
  const words = JSON.stringify([namespace, uid, type, reason, message]);
  return `${name}.${createHash("sha256").update(words).digest("hex").slice(0, 16)}`;
}

function eventObject(name: string, event: PendingEvent, count: number) {
  const { device, namespace, transition } = event;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: device.apiVersion,
      kind: device.kind,
      namespace,
      name: device.metadata.name,
      uid: device.metadata.uid,
      resourceVersion: device.metadata.resourceVersion,
    },
    ...transition,
    count,
    firstTimestamp: timeOf(event.firstAt),
    lastTimestamp: timeOf(event.lastAt),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: COMPONENT,
  };
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
