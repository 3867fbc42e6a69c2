import {
  parseRule,
  parseRuleEndpoint,
  type Rule,
  type RuleEndpoint,
  type RuleStatus,
} from "@mapperkit/api";
import {
  type KubeClient,
  type Reflector,
  type ReflectorParts,
  RULE_ENDPOINTS,
  RULES,
  reflectorOf,
} from "../../kube/index.ts";
import type { RuleStatusStore } from "./rule-tally.ts";

/** Who wants to know the rules of the cluster; told in order, and again after a change. */
export interface RuleWatcher {
  ruleSeen(rule: Rule): void;
  ruleGone(rule: Rule): void;
  endpointSeen(endpoint: RuleEndpoint): void;
  endpointGone(endpoint: RuleEndpoint): void;
}

/** Two watches; neither waits for the other, and their order does not matter. */
export function ruleReflectors(parts: ReflectorParts, watcher: RuleWatcher): readonly Reflector[] {
  return [
    reflectorOf(parts, RULE_ENDPOINTS, {
      parse: parseRuleEndpoint,
      seen: (endpoint) => watcher.endpointSeen(endpoint),
      gone: (endpoint) => watcher.endpointGone(endpoint),
    }),
    reflectorOf(parts, RULES, {
      parse: parseRule,
      seen: (rule) => watcher.ruleSeen(rule),
      gone: (rule) => watcher.ruleGone(rule),
    }),
  ];
}

/** Rule.status; KubeEdge's CRD has no status subresource. */
export class KubeRuleStatusStore implements RuleStatusStore {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async mergeStatus(rule: Rule, status: RuleStatus, signal: AbortSignal): Promise<void> {
    const { name, namespace = "default", uid } = rule.metadata;
    // The uid is a precondition: never into another object of this name.
    const patch = { metadata: { uid }, status };
    await this.#client.mergePatch(RULES, { namespace, name }, { patch, signal });
  }
}
