import { isJsonObject } from "../../objects/index.ts";

type Labels = Readonly<Record<string, string>>;

/** Whether a LabelSelector of a spec selects `labels`; an empty one selects all, none at all nothing. */
export function selects(selector: unknown, labels: Labels = {}): boolean {
  if (!isJsonObject(selector)) return false;
  const wanted = isJsonObject(selector.matchLabels) ? selector.matchLabels : {};
  const isEqual = Object.entries(wanted).every(([key, value]) => labels[key] === value);
  return isEqual && requirementsOf(selector.matchExpressions).every((one) => holds(one, labels));
}

export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export function requirementsOf(value: unknown): Requirement[] {
  return Array.isArray(value) ? (value.filter(isJsonObject) as unknown as Requirement[]) : [];
}

/** One requirement of a LabelSelector or of a node selector. */
export function holds({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
