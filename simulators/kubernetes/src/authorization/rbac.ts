import { z } from "zod";
import { MASTERS_GROUP, type User } from "../resources/user.ts";
import type { Store, StoredObject } from "../store/index.ts";
import type { Attributes } from "./attributes.ts";
import { grants, type PolicyRule, policyRule } from "./policy-rule.ts";

const RBAC = "rbac.authorization.k8s.io";

const binding = z.object({
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z
    .array(z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }))
    .nullish()
    .transform((list) => list ?? []),
});

const role = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
  rules: z
    .array(policyRule)
    .nullish()
    .transform((list) => list ?? []),
  aggregationRule: z
    .object({
      clusterRoleSelectors: z
        .array(z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }))
        .default([]),
    })
    .optional(),
});

type Role = z.infer<typeof role>;
type Binding = z.infer<typeof binding>;
type Subject = Binding["subjects"][number];

/** A rule that reaches the user, and how. */
interface Grant {
  readonly rule: PolicyRule;
  readonly reason: string;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly reason?: string;
}

const FULL: PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: [], nonResourceURLs: [] },
  { verbs: ["*"], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ["*"] },
];

/** Decides by the roles and bindings that are stored at this moment. */
export class Rbac {
  readonly #store: Store;
  readonly #roles = new WeakMap<StoredObject, Role | undefined>();
  readonly #bindings = new WeakMap<StoredObject, Binding | undefined>();

  constructor(store: Store) {
    this.#store = store;
  }

  judge(user: User, asked: Attributes): Verdict {
    if (user.groups.includes(MASTERS_GROUP)) return { allowed: true };
    for (const { rule, reason } of this.#grants(user, asked.namespace)) {
      if (grants(rule, asked)) return { allowed: true, reason };
    }
    return { allowed: false };
  }

  /** Every rule that reaches the user in `namespace`. */
  rulesFor(user: User, namespace: string): PolicyRule[] {
    if (user.groups.includes(MASTERS_GROUP)) return FULL;
    return [...this.#grants(user, namespace)].map(({ rule }) => rule);
  }

  /** What a role grants; nothing where there is no such role. */
  rulesOfRole(roleRef: Binding["roleRef"], namespace: string): readonly PolicyRule[] {
    return this.#rulesOf(roleRef, namespace);
  }

  *#grants(user: User, namespace: string): Generator<Grant> {
    yield* this.#grantsOf("ClusterRoleBinding", "", user);
    if (namespace !== "") yield* this.#grantsOf("RoleBinding", namespace, user);
  }

  *#grantsOf(kind: string, namespace: string, user: User): Generator<Grant> {
    for (const stored of this.#store.list(`${kind.toLowerCase()}s.${RBAC}`, namespace)) {
      const bound = parsed(this.#bindings, stored, binding);
      const subject = bound?.subjects.find((each) => names(each, user, namespace));
      if (bound === undefined || subject === undefined) continue;
      const { roleRef } = bound;
      const name = namespace === "" ? stored.name : `${stored.name}/${namespace}`;
      const whom =
        subject.kind === "ServiceAccount"
          ? `${subject.name}/${subject.namespace ?? namespace}`
          : subject.name;
      const reason = `RBAC: allowed by ${kind} ${JSON.stringify(name)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${subject.kind} ${JSON.stringify(whom)}`;
      for (const rule of this.#rulesOf(roleRef, namespace)) yield { rule, reason };
    }
  }

  #rulesOf({ kind, name }: Binding["roleRef"], namespace: string): readonly PolicyRule[] {
    const isCluster = kind === "ClusterRole";
    const storage = isCluster ? `clusterroles.${RBAC}` : `roles.${RBAC}`;
    const stored = this.#store.get(storage, isCluster ? "" : namespace, name);
    const found = stored && parsed(this.#roles, stored, role);
    if (found === undefined) return [];
    const selectors = isCluster ? (found.aggregationRule?.clusterRoleSelectors ?? []) : [];
    if (selectors.length === 0) return found.rules;
    return [...found.rules, ...this.#aggregated(selectors, new Set([name]))];
  }

  /** A role that is made of others, which may themselves be: each is taken once. */
  #aggregated(
    selectors: readonly { readonly matchLabels: Record<string, string> }[],
    taken: Set<string>,
  ): PolicyRule[] {
    const rules: PolicyRule[] = [];
    for (const stored of this.#store.list(`clusterroles.${RBAC}`)) {
      const other = parsed(this.#roles, stored, role);
      if (other === undefined || taken.has(stored.name)) continue;
      const { labels = {} } = other.metadata;
      const isSelected = selectors.some(({ matchLabels }) =>
        Object.entries(matchLabels).every(([key, value]) => labels[key] === value),
      );
      if (!isSelected) continue;
      taken.add(stored.name);
      rules.push(...other.rules);
      const deeper = other.aggregationRule?.clusterRoleSelectors ?? [];
      if (deeper.length > 0) rules.push(...this.#aggregated(deeper, taken));
    }
    return rules;
  }
}

function names(subject: Subject, user: User, namespace: string): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === user.name;
    case "Group":
      return user.groups.includes(subject.name);
    case "ServiceAccount":
      return (
        user.name === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`
      );
    default:
      return false;
  }
}

/** Undefined for an object that is not what its kind should be: it then grants nothing. */
function parsed<T>(
  known: WeakMap<StoredObject, T | undefined>,
  stored: StoredObject,
  schema: z.ZodType<T>,
): T | undefined {
  if (!known.has(stored)) known.set(stored, schema.safeParse(JSON.parse(stored.json)).data);
  return known.get(stored);
}
