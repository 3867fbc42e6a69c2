import type { KubeObject } from "../objects/kube-object.ts";
import type { ServedResource } from "../resources/index.ts";
import { badRequest } from "../status/index.ts";

export type FieldSelector = (object: KubeObject) => boolean;

interface Requirement {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/**
 * Reads a field selector for `resource`.
 * @throws StatusError 400 for a field that the resource does not offer or text that cannot be read
 */
export function parseFieldSelector(
  text: string,
  resource: ServedResource,
): FieldSelector | undefined {
  const requirements = parseRequirements(text);
  if (requirements.length === 0) return undefined;
  const checks = requirements.map(({ field, isEqual, value }) => {
    const read = readerOf(field, resource);
    return (object: KubeObject) => (read(object) === value) === isEqual;
  });
  return (object) => checks.every((check) => check(object));
}

/** The one name that the selector asks for, so that a list need not look at the others. */
export function selectedName(text: string): string | undefined {
  return parseRequirements(text).find(({ field, isEqual }) => field === "metadata.name" && isEqual)
    ?.value;
}

function readerOf(field: string, resource: ServedResource): (object: KubeObject) => string {
  if (field === "metadata.name") return (object) => object.metadata.name ?? "";
  if (field === "metadata.namespace") return (object) => object.metadata.namespace ?? "";
  const reader = resource.fields.get(field);
  if (reader === undefined) throw badRequest(`field label not supported: ${field}`);
  return reader;
}

function parseRequirements(text: string): Requirement[] {
  return splitTerms(text)
    .filter((term) => term !== "")
    .map(parseRequirement);
}

/** Splits at commas; a backslash takes the next character as it is. */
function splitTerms(text: string): string[] {
  return text.match(/(?:\\.|[^,\\])+/g) ?? [];
}

function parseRequirement(term: string): Requirement {
  const match = /^((?:\\.|[^\\=!])*)(==|!=|=)(.*)$/s.exec(term);
  if (match === null) {
    throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  }
  const [, field = "", operator, value = ""] = match;
  return { field, isEqual: operator !== "!=", value: value.replace(/\\([\\,=])/g, "$1") };
}
