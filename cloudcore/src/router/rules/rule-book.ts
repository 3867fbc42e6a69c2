import {
  findRuleFaults,
  type Rule,
  type RuleEndpoint,
  type RuleEndpointType,
  type RuleFault,
} from "@mapperkit/api";
import { type PathMatch, PathTree } from "./path-tree.ts";

/** A rule with what it names. */
export interface ReadyRule {
  readonly id: string;
  readonly rule: Rule;
  readonly source: RuleEndpoint;
  readonly target: RuleEndpoint;
}

/** `namespace/name` */
export function ruleIdOf({ metadata }: Rule | RuleEndpoint): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

/** All rules and endpoints as they stand now, whatever the order in which they came. */
export class RuleBook {
  readonly #rules = new Map<string, Rule>();
  readonly #endpoints = new Map<string, RuleEndpoint>();
  #ready: readonly ReadyRule[] | undefined;
  #paths: ReadonlyMap<string, PathTree<ReadyRule>> | undefined;

  putRule(rule: Rule): void {
    this.#rules.set(ruleIdOf(rule), rule);
    this.#forget();
  }

  dropRule(rule: Rule): void {
    this.#rules.delete(ruleIdOf(rule));
    this.#forget();
  }

  putEndpoint(endpoint: RuleEndpoint): void {
    this.#endpoints.set(ruleIdOf(endpoint), endpoint);
    this.#forget();
  }

  dropEndpoint(endpoint: RuleEndpoint): void {
    this.#endpoints.delete(ruleIdOf(endpoint));
    this.#forget();
  }

  get rules(): Iterable<Rule> {
    return this.#rules.values();
  }

  has(id: string): boolean {
    return this.#rules.has(id);
  }

  /** Why the rule is not used; nothing when it is. */
  faultsOf(rule: Rule): readonly RuleFault[] {
    return findRuleFaults(rule, this.#endpointsOf(rule));
  }

  /** Those that can be used with this kind of source, oldest first. */
  readyFrom(type: RuleEndpointType): readonly ReadyRule[] {
    return this.#readyRules().filter(({ source }) => source.spec.ruleEndpointType === type);
  }

  /** The most specific rule for a path of a namespace. */
  findPath(namespace: string, segments: readonly string[]): PathMatch<ReadyRule> | undefined {
    this.#paths ??= this.#makePaths();
    return this.#paths.get(namespace)?.find(segments);
  }

  #readyRules(): readonly ReadyRule[] {
    this.#ready ??= [...this.#rules.values()].sort(byAge).flatMap((rule) => {
      const { source, target } = this.#endpointsOf(rule);
      const isReady = source && target && this.faultsOf(rule).length === 0;
      return isReady ? [{ id: ruleIdOf(rule), rule, source, target }] : [];
    });
    return this.#ready;
  }

  #makePaths(): ReadonlyMap<string, PathTree<ReadyRule>> {
    const paths = new Map<string, PathTree<ReadyRule>>();
    for (const ready of this.readyFrom("rest")) {
      const { namespace = "default" } = ready.rule.metadata;
      const tree = paths.get(namespace) ?? new PathTree<ReadyRule>();
      paths.set(namespace, tree);
      tree.add(ready.rule.spec.sourceResource.path ?? "", ready);
    }
    return paths;
  }

  #endpointsOf({ metadata, spec }: Rule) {
    const { namespace = "default" } = metadata;
    return {
      source: this.#endpoints.get(`${namespace}/${spec.source}`),
      target: this.#endpoints.get(`${namespace}/${spec.target}`),
    };
  }

  #forget(): void {
    this.#ready = undefined;
    this.#paths = undefined;
  }
}

function byAge(a: Rule, b: Rule): number {
  const [first, second] = [a, b].map(
    (rule) => `${rule.metadata.creationTimestamp ?? ""} ${ruleIdOf(rule)}`,
  ) as [string, string];
  return first < second ? -1 : first > second ? 1 : 0;
}
