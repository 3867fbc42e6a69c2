import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { Emit, SubscribeOp } from "@mapperkit/sdk";
import type { ClientMonitoredItemBase, ClientSubscription } from "node-opcua-client";
import type { OpcuaVisitor } from "../config/opcua-visitor.ts";
import type { UaConnection } from "../connection/ua-connection.ts";
import type { Opcua } from "../library.ts";
import { describeStatus, isOfDeadband, reasonOf, type Status } from "../values/status-words.ts";
import { toReading } from "../values/to-reading.ts";
import { chunksOf } from "./chunks.ts";
import type { NodeAccess, NodeName } from "./node-access.ts";

type Op = SubscribeOp<OpcuaVisitor>;

export interface SubscriptionParts {
  readonly ua: Opcua;
  readonly connection: UaConnection;
  readonly nodes: NodeAccess;
  readonly publishingMs: number;
  readonly emit: Emit;
  readonly clock: Clock;
  /** Longest wait for an answer, ms. */
  readonly timeoutMs: number;
  readonly log: Log;
}

interface Monitored {
  readonly op: Op;
  readonly node: NodeName;
}

/** Publishing cycles without news after which the server says that it is there. */
const KEEP_ALIVE_COUNT = 5;
/** Publishing cycles without us after which the server forgets the subscription. */
const LIFETIME_COUNT = 100;

/** One device's monitored items on one connection. What the server ends is told by `ended`. */
export class Subscription {
  readonly #parts: SubscriptionParts;
  readonly #ended = Promise.withResolvers<string>();
  /** What the server refused to monitor, by property: tried again when it can be read. */
  readonly #refused = new Map<string, Op>();
  /** Statuses that were said, by property. */
  readonly #badStatus = new Map<string, string>();
  #subscription: ClientSubscription | undefined;
  #isClosed = false;
  #unwatch: (() => void)[] = [];

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** Resolves with the reason when the server has ended it. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  /** @throws MapperkitError when the server has no subscriptions, or no room for one */
  async open(ops: readonly Op[]): Promise<void> {
    const { connection, publishingMs } = this.#parts;
    const subscription = await connection.call("subscribing", (session) =>
      session.createSubscription2({
        requestedPublishingInterval: publishingMs,
        requestedMaxKeepAliveCount: KEEP_ALIVE_COUNT,
        requestedLifetimeCount: LIFETIME_COUNT,
        maxNotificationsPerPublish: 0,
        publishingEnabled: true,
        priority: 0,
      }),
    );
    this.#subscription = subscription;
    const end = (why: string) => {
      if (!this.#isClosed) this.#ended.resolve(why);
    };
    subscription.on("terminated", () => end("the server has deleted the subscription"));
    subscription.on("status_changed", (status: Status) => {
      if (status.isBad()) end(`the server ended the subscription: ${status.name}`);
    });
    this.#watch(subscription, end);
    await this.#monitor(ops);
  }

  /** Properties that could be read though they were refused: their cause may be gone. */
  async monitorAgain(readable: ReadonlySet<string>): Promise<void> {
    const again = [...this.#refused.values()].filter(({ property }) => readable.has(property));
    for (const { property } of again) this.#refused.delete(property);
    await this.#monitor(again);
  }

  get hasRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** Its connection is lost: nothing of it is left to delete. */
  abandon(): void {
    this.#isClosed = true;
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
  }

  async close(): Promise<void> {
    this.abandon();
    await this.#subscription?.terminate().catch(() => undefined);
  }

  /** A server that forgot a subscription need not say so: it then falls silent, or answers others. */
  #watch(subscription: ClientSubscription, end: (why: string) => void): void {
    const { connection, clock, timeoutMs } = this.#parts;
    let heardAt = clock.monotonic();
    subscription.on("raw_notification", () => {
      heardAt = clock.monotonic();
    });
    const patienceMs = subscription.publishingInterval * (KEEP_ALIVE_COUNT + 1) + timeoutMs;
    const unheard = connection.whenUnsubscribed(() => end("the server knows no subscription"));
    const unwatch = clock.every(timeoutMs, () => {
      if (clock.monotonic() - heardAt > patienceMs) end("the subscription fell silent");
    });
    this.#unwatch.push(unheard, unwatch);
  }

  async #monitor(ops: readonly Op[]): Promise<void> {
    const { connection, nodes } = this.#parts;
    const named = ops.flatMap((op) => {
      const node = nodes.nameOf(op.visitor);
      if (!(node instanceof Error)) return [{ op, node }];
      this.#refuse(op, "illegalAddress", node.message);
      return [];
    });
    // Items of one request share their parameters.
    const groups = Map.groupBy(named, ({ op }) => JSON.stringify(this.#parametersOf(op)));
    for (const group of groups.values()) {
      for (const part of chunksOf(group, connection.limits.maxMonitor)) await this.#create(part);
    }
  }

  async #create(part: readonly Monitored[]): Promise<void> {
    const { ua, connection, nodes, emit } = this.#parts;
    const [first] = part;
    const subscription = this.#subscription;
    if (!first || !subscription) return;
    const { Value: attributeId } = ua.AttributeIds;
    const items = part.map(({ node }) => ({ nodeId: node.id, attributeId }));
    const { filter, ...parameters } = this.#parametersOf(first.op);
    const group = await connection.call("monitoring", async () => {
      const created = ua.ClientMonitoredItemGroup.create(
        subscription,
        items,
        { ...parameters, ...(filter && { filter: new ua.DataChangeFilter(filter) }) },
        ua.TimestampsToReturn.Both,
      );
      created.on("changed", (_item, value, i) => {
        const { op, node } = part[i] ?? {};
        if (!op || !node || this.#isClosed) return;
        nodes.learn(node, value);
        this.#sayStatus(op, node, value.statusCode);
        emit(op.property, toReading(value));
      });
      await started(created);
      return created;
    });
    const unfiltered: Monitored[] = [];
    for (const [i, item] of group.monitoredItems.entries()) {
      const { op, node } = part[i] ?? {};
      if (!op || !node) continue;
      const status = statusOf(item);
      if (!status?.isBad()) continue;
      const error = `node ${node.text}: ${describeStatus(status)}`;
      if (filter && isOfDeadband(status))
        unfiltered.push({ op: this.#withoutDeadband(op, error), node });
      else this.#refuse(op, reasonOf(status), error);
    }
    await this.#create(unfiltered);
  }

  /** Told more often than was asked for is better than not at all. */
  #withoutDeadband(op: Op, error: string): Op {
    const { serverDeadband: _, serverDeadbandPercent: __, ...visitor } = op.visitor;
    this.#parts.log.warn("dead-band is left out: the server has none for this node", {
      ...{ property: op.property, error },
    });
    return { ...op, visitor };
  }

  /** A quality has no room for the server's own word, which says what to check. */
  #sayStatus({ property }: Op, node: NodeName, status: Status): void {
    const name = status.isBad() ? status.name : undefined;
    if (this.#badStatus.get(property) === name) return;
    if (name === undefined) this.#badStatus.delete(property);
    else {
      this.#badStatus.set(property, name);
      const error = `node ${node.text}: ${describeStatus(status)}`;
      this.#parts.log.warn("server tells no good value", { property, error });
    }
  }

  #refuse(op: Op, reason: ReturnType<typeof reasonOf>, error: string): void {
    const { emit, log } = this.#parts;
    this.#refused.set(op.property, op);
    log.warn("node cannot be monitored", { property: op.property, error });
    emit(op.property, { quality: "Bad", reason });
  }

  #parametersOf({ visitor, samplingMs }: Op) {
    const { ua, publishingMs } = this.#parts;
    const samplingInterval = visitor.samplingIntervalMs ?? samplingMs;
    const { serverDeadband, serverDeadbandPercent } = visitor;
    const queueSize =
      visitor.queueSize ?? Math.max(1, Math.ceil(publishingMs / Math.max(1, samplingInterval)));
    const base = { samplingInterval, queueSize, discardOldest: true, filter: undefined };
    const trigger = ua.DataChangeTrigger.StatusValue;
    if (serverDeadbandPercent !== undefined) {
      const deadbandType = ua.DeadbandType.Percent;
      return { ...base, filter: { trigger, deadbandType, deadbandValue: serverDeadbandPercent } };
    }
    if (serverDeadband === undefined) return base;
    const deadbandType = ua.DeadbandType.Absolute;
    return { ...base, filter: { trigger, deadbandType, deadbandValue: serverDeadband } };
  }
}

/** Resolves when the server has answered for a group. */
function started(group: {
  on(event: "initialized" | "terminated" | "err", heard: (why?: unknown) => void): unknown;
}): Promise<void> {
  return new Promise((resolve, reject) => {
    group.on("initialized", () => resolve());
    const failed = (why: unknown) =>
      reject(why instanceof Error ? why : new MapperkitError("conflict", String(why)));
    group.on("terminated", failed);
    group.on("err", failed);
  });
}

function statusOf(item: ClientMonitoredItemBase): Status | undefined {
  return item.statusCode;
}
