import { type Envelope, MapperkitError, type Rule, type RuleEndpoint } from "@mapperkit/api";
import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import type { NodeListener } from "../cloudhub/index.ts";
import { type KubeClient, NODES } from "../kube/index.ts";
import { NodeCalls, type RuleLink } from "./nodes/node-calls.ts";
import { NodeSubscriptions } from "./nodes/node-subscriptions.ts";
import { UploadDelivery } from "./nodes/upload-delivery.ts";
import { RestListener } from "./rest/rest-listener.ts";
import { RestRequests } from "./rest/rest-requests.ts";
import { tokenReview } from "./rest/token-review.ts";
import type { RouterConfig } from "./router-config.ts";
import { KubeRuleStatusStore, type RuleWatcher, ruleReflectors } from "./rules/kube-rules.ts";
import { RuleBook } from "./rules/rule-book.ts";
import { RuleTally } from "./rules/rule-tally.ts";

type Features = Parameters<NodeListener["nodeConnected"]>[1];

/** Carries messages of the users' own between cloud and edge, as rules say. */
export class Router implements NodeListener, RuleWatcher {
  /** To be started in this order. */
  readonly parts: readonly Component[];
  readonly tally: RuleTally;
  readonly #book = new RuleBook();
  readonly #calls: NodeCalls;
  readonly #listener: RestListener;
  readonly #subscriptions: NodeSubscriptions;
  readonly #uploads: UploadDelivery;
  readonly #nodes = new Map<string, Features>();

  constructor(options: {
    config: RouterConfig;
    link: RuleLink;
    client: KubeClient;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    const { config, link, client, clock, log } = options;
    this.#calls = new NodeCalls(link);
    this.tally = new RuleTally({
      book: this.#book,
      store: new KubeRuleStatusStore(client),
      isConnected: (node) => link.isConnected(node),
      ...{ clock, log },
    });
    const requests = new RestRequests({
      ...{ book: this.#book, calls: this.#calls, link, tally: this.tally, clock },
      isOurs: (node) => this.#nodes.get(node)?.isOurs ?? false,
      isKnown: (node, signal) => hasNode(client, node, signal),
      answerWithinMs: config.answerWithinMs,
      maxBodyBytes: config.maxBodyBytes,
    });
    this.#subscriptions = new NodeSubscriptions({ book: this.#book, link, clock });
    this.#uploads = new UploadDelivery({
      ...{ book: this.#book, link, tally: this.tally, clock },
      isSynced: () => this.#subscriptions.isSynced,
    });
    const authenticate = tokenReview(client);
    this.#listener = new RestListener({ config, requests, authenticate, clock, log });
    const watches = ruleReflectors(options, this);
    this.parts = [
      this.tally,
      unawaited(watches, () => this.#synced()),
      this.#uploads,
      this.#listener,
    ];
  }

  /** 0 until started. */
  get port(): number {
    return this.#listener.port;
  }

  nodeConnected(node: string, features: Features): void {
    this.#nodes.set(node, features);
    this.#subscriptions.nodeConnected(node, features.rules ?? false);
    this.tally.surroundingsChanged();
  }

  nodeDisconnected(node: string): void {
    this.#nodes.delete(node);
    this.#subscriptions.nodeDisconnected(node);
    this.#calls.nodeGone(node);
    this.tally.surroundingsChanged();
  }

  messageArrived(node: string, message: Envelope): void {
    if (message.header.parent_msg_id) this.#calls.settle(node, message);
    else this.#uploads.take(node, message, this.#nodes.get(node)?.rules ?? false);
  }

  ruleSeen(rule: Rule): void {
    this.#book.putRule(rule);
    this.tally.ruleSeen(rule);
    this.#subscriptions.rulesChanged();
  }

  ruleGone(rule: Rule): void {
    this.#book.dropRule(rule);
    this.tally.ruleGone(rule);
    this.#subscriptions.rulesChanged();
  }

  endpointSeen(endpoint: RuleEndpoint): void {
    this.#book.putEndpoint(endpoint);
    this.tally.surroundingsChanged();
    this.#subscriptions.rulesChanged();
  }

  endpointGone(endpoint: RuleEndpoint): void {
    this.#book.dropEndpoint(endpoint);
    this.tally.surroundingsChanged();
    this.#subscriptions.rulesChanged();
  }

  #synced(): void {
    this.#subscriptions.rulesKnown();
  }
}

async function hasNode(client: KubeClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(NODES, { name }, signal);
    return true;
  } catch (error) {
    if (error instanceof MapperkitError && error.code === "not_found") return false;
    throw error;
  }
}

/** On a cluster without the kinds nobody waits for them. */
function unawaited(parts: readonly Component[], onSynced: () => void): Component {
  return {
    name: "rule-watches",
    start: async (signal) => {
      const started = Promise.all(parts.map((part) => part.start(signal)));
      void started.then(onSynced).catch(() => undefined);
    },
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}
