import { z } from "zod";
import type { Admission, AdmissionAsked, KubeObject } from "../objects/index.ts";
import { MASTERS_GROUP, type User } from "../resources/user.ts";
import { forbidden } from "../status/index.ts";
import { grants, type PolicyRule, policyRule } from "./policy-rule.ts";
import type { Rbac } from "./rbac.ts";

const RBAC = "rbac.authorization.k8s.io";
const ROLES: ReadonlySet<string> = new Set(["roles", "clusterroles"]);
const BINDINGS: ReadonlySet<string> = new Set(["rolebindings", "clusterrolebindings"]);

const written = z.object({
  rules: z
    .array(policyRule)
    .nullish()
    .transform((rules) => rules ?? []),
});
const roleRef = z.object({ roleRef: z.object({ kind: z.string(), name: z.string() }) });

/**
 * Nobody gives more than they have: a role may be written, and bound, by those who hold all of its
 * rules, or who may `escalate` and `bind`.
 */
export class EscalationCheck implements Admission {
  readonly #rbac: Rbac;

  constructor(rbac: Rbac) {
    this.#rbac = rbac;
  }

  mutate({ object }: AdmissionAsked): Promise<KubeObject | undefined> {
    return Promise.resolve(object);
  }

  async validate(asked: AdmissionAsked): Promise<void> {
    const { resource, object, user } = asked;
    if (resource.group !== RBAC || object === undefined) return;
    if (user.groups.includes(MASTERS_GROUP)) return;
    const { plural } = resource;
    if (ROLES.has(plural) && !this.#may("escalate", asked, plural, asked.name)) {
      this.#demand(asked, written.safeParse(object).data?.rules ?? []);
    }
    if (BINDINGS.has(plural)) this.#checkBinding(asked);
  }

  #checkBinding(asked: AdmissionAsked): void {
    const { data } = roleRef.safeParse(asked.object);
    if (data === undefined) return;
    const { kind, name } = data.roleRef;
    if (this.#may("bind", asked, `${kind.toLowerCase()}s`, name)) return;
    this.#demand(asked, this.#rbac.rulesOfRole(data.roleRef, asked.namespace));
  }

  #may(verb: string, { user, namespace }: AdmissionAsked, resource: string, name: string): boolean {
    const asked = { verb, group: RBAC, resource, subresource: "", namespace, name };
    return this.#rbac.judge(user, asked).allowed;
  }

  #demand({ resource, name, namespace, user }: AdmissionAsked, rules: readonly PolicyRule[]): void {
    const held = this.#rbac.rulesFor(user, namespace);
    const missing = rules.flatMap(breakDown).filter((rule) => !isHeld(rule, held));
    if (missing.length === 0) return;
    const lines = compact(missing).map(textOf).sort().join("\n");
    throw forbidden(
      resource,
      name,
      `${whoIs(user)} is attempting to grant RBAC permissions not currently held:\n${lines}`,
    );
  }
}

function whoIs({ name, groups }: User): string {
  return `user ${JSON.stringify(name)} (groups=${quoted(groups)})`;
}

/** One rule for each single thing that a rule allows. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const none = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  const names = rule.resourceNames.length > 0 ? rule.resourceNames.map((name) => [name]) : [[]];
  return rule.verbs.flatMap((verb) => [
    ...rule.apiGroups.flatMap((group) =>
      rule.resources.flatMap((resource) =>
        names.map((resourceNames) => ({
          ...none,
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames,
        })),
      ),
    ),
    ...rule.nonResourceURLs.map((url) => ({ ...none, verbs: [verb], nonResourceURLs: [url] })),
  ]);
}

function isHeld(rule: PolicyRule, held: readonly PolicyRule[]): boolean {
  const [verb = ""] = rule.verbs;
  const [path] = rule.nonResourceURLs;
  const [group = ""] = rule.apiGroups;
  const [resource = "", subresource = ""] = (rule.resources[0] ?? "").split("/");
  const [name = ""] = rule.resourceNames;
  const place = { group, resource, subresource, namespace: "", name };
  const asked = path === undefined ? { ...place, verb } : { ...place, verb, path };
  return held.some((each) => grants(each, asked));
}

/** Verbs on the same things come together. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const byThing = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...thing } = rule;
    const key = JSON.stringify(thing);
    const known = byThing.get(key);
    byThing.set(key, known ? { ...known, verbs: [...known.verbs, ...verbs] } : rule);
  }
  return [...byThing.values()];
}

function textOf({
  apiGroups,
  resources,
  nonResourceURLs,
  resourceNames,
  verbs,
}: PolicyRule): string {
  const parts: [name: string, values: readonly string[]][] = [
    ["APIGroups", apiGroups],
    ["Resources", resources],
    ["NonResourceURLs", nonResourceURLs],
    ["ResourceNames", resourceNames],
    ["Verbs", verbs],
  ];
  const shown = parts.filter(([, values]) => values.length > 0);
  return `{${shown.map(([name, values]) => `${name}:${quoted(values)}`).join(", ")}}`;
}

/** A list of strings as Go's %q prints it. */
function quoted(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}
