import type { Definition, DefinitionSpec } from "./definition.ts";
import { isConditionTrue } from "./definition.ts";

export interface NameConflict {
  readonly reason: string;
  readonly message: string;
}

/** The first name of `spec` that an established definition of the same group already has. */
export function findNameConflict(
  spec: DefinitionSpec,
  others: readonly Definition[],
): NameConflict | undefined {
  const rivals = others
    .filter((other) => other.spec.group === spec.group)
    .filter((other) => isConditionTrue(other.status, "Established"))
    .map((other) => other.spec.names);
  const resources = new Set(
    rivals.flatMap((names) => [names.plural, names.singular, ...(names.shortNames ?? [])]),
  );
  const kinds = new Set(rivals.flatMap((names) => [names.kind, names.listKind]));
  const { names } = spec;
  const checks: readonly (readonly [string, string | undefined, Set<string | undefined>])[] = [
    ["PluralConflict", names.plural, resources],
    ["SingularConflict", names.singular, resources],
    ...(names.shortNames ?? []).map((name) => ["ShortNamesConflict", name, resources] as const),
    ["KindConflict", names.kind, kinds],
    ["ListKindConflict", names.listKind, kinds],
  ];
  const found = checks.find(([, name, taken]) => name !== undefined && taken.has(name));
  if (found === undefined) return undefined;
  const [reason, name] = found;
  return { reason, message: `${JSON.stringify(name)} is already in use` };
}
