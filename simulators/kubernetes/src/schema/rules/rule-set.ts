import { type FieldError, type FieldErrorType, NO_FIELD, showValue } from "../field-error.ts";
import { isObject, type ValidationRule } from "../json-schema-props.ts";
import { memberNode, type SchemaNode } from "../schema-node.ts";
import { correlateItems } from "../validation/correlate.ts";
import { jsonEqual } from "../validation/json-equal.ts";
import { celValue } from "./cel-value.ts";
import { CostMeter } from "./cost-meter.ts";
import { compileExpression, type Expression, faultOf, usesOldSelf } from "./expression.ts";

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly isTransition: boolean;
  /** Undefined when the rule cannot be compiled: `fault` says why. */
  readonly holds: Expression | undefined;
  readonly message: Expression | undefined;
  readonly fault: string;
}

const REASONS: ReadonlySet<string> = new Set([
  "FieldValueInvalid",
  "FieldValueForbidden",
  "FieldValueRequired",
  "FieldValueDuplicate",
]);

/** The `x-kubernetes-validations` of one schema. */
export class RuleSet {
  readonly #root: SchemaNode;
  readonly #meter = new CostMeter();
  readonly #compiled = new Map<SchemaNode, readonly CompiledRule[]>();

  constructor(root: SchemaNode) {
    this.#root = root;
  }

  /** The rules `value` breaks. Rules on what has not changed since `old` are not run again. */
  check(value: unknown, old: unknown): FieldError[] {
    const errors: FieldError[] = [];
    this.#walk(value, old, this.#root, "", errors);
    return errors;
  }

  #walk(
    value: unknown,
    old: unknown,
    node: SchemaNode | undefined,
    path: string,
    errors: FieldError[],
  ): void {
    if (!node?.hasRules || value === null || value === undefined) return;
    this.#checkHere(value, old, node, path, errors);
    if (Array.isArray(value)) {
      const oldOf = correlateItems(node, value, old);
      for (const [i, item] of value.entries()) {
        this.#walk(item, oldOf?.(i), node.items, `${path}[${i}]`, errors);
      }
    } else if (isObject(value)) {
      const oldMembers = isObject(old) ? old : {};
      for (const name of Object.keys(value)) {
        const oldMember = Object.hasOwn(oldMembers, name) ? oldMembers[name] : undefined;
        const memberPath = path === "" ? name : `${path}.${name}`;
        this.#walk(value[name], oldMember, memberNode(node, name), memberPath, errors);
      }
    }
  }

  #checkHere(
    value: unknown,
    old: unknown,
    node: SchemaNode,
    path: string,
    errors: FieldError[],
  ): void {
    const rules = this.#rulesOf(node);
    if (rules.length === 0) return;
    const isUnchanged = old !== undefined && jsonEqual(value, old);
    const self = celValue(value, node, this.#meter);
    const oldSelf =
      old === undefined || old === null ? undefined : celValue(old, node, this.#meter);
    for (const rule of rules) {
      if (rule.isTransition ? oldSelf === undefined : isUnchanged) continue;
      const variables = oldSelf === undefined ? { self } : { self, oldSelf };
      this.#meter.reset();
      const error = run(rule, variables, node, path, this.#meter);
      if (error) errors.push(error);
    }
  }

  #rulesOf(node: SchemaNode): readonly CompiledRule[] {
    let rules = this.#compiled.get(node);
    if (!rules) {
      rules = (node.props["x-kubernetes-validations"] ?? []).map(compileRule);
      this.#compiled.set(node, rules);
    }
    return rules;
  }
}

function compileRule(rule: ValidationRule): CompiledRule {
  const isTransition = usesOldSelf(rule.rule) && !rule.optionalOldSelf;
  try {
    const holds = compileExpression(rule.rule);
    return { rule, isTransition, holds, message: compileMessage(rule), fault: "" };
  } catch (error) {
    const fault = `rule compile error: ${faultOf(error)}`;
    return { rule, isTransition, holds: undefined, message: undefined, fault };
  }
}

function compileMessage({ messageExpression }: ValidationRule): Expression | undefined {
  if (!messageExpression) return undefined;
  try {
    return compileExpression(messageExpression, "string");
  } catch {
    return undefined;
  }
}

function run(
  { rule, holds, message, fault }: CompiledRule,
  variables: { self: unknown; oldSelf?: unknown },
  node: SchemaNode,
  path: string,
  meter: CostMeter,
): FieldError | undefined {
  const typeText = node.types.length === 1 ? (node.types[0] ?? "") : "";
  const fail = (detail: string, reason = "FieldValueInvalid", field = path): FieldError => ({
    type: reason as FieldErrorType,
    field: field || NO_FIELD,
    message: `${headOf(reason, typeText)}: ${detail}`,
  });
  if (!holds) return fail(fault);
  try {
    if (holds(variables) === true && !meter.isSpent) return undefined;
  } catch (error) {
    if (meter.isSpent) return fail(tooCostly(rule));
    return fail(`${faultOf(error)} evaluating rule: ${rule.message ?? rule.rule.trim()}`);
  }
  if (meter.isSpent) return fail(tooCostly(rule));
  const reason = rule.reason && REASONS.has(rule.reason) ? rule.reason : "FieldValueInvalid";
  const field = `${path}${rule.fieldPath ?? ""}`.replace(/^\./, "");
  return fail(messageOf(rule, message, variables), reason, field);
}

function tooCostly({ message, rule }: ValidationRule): string {
  return `'operation cancelled: actual cost limit exceeded': call cost exceeds limit for rule: ${message ?? rule.trim()}`;
}

function headOf(reason: string, typeText: string): string {
  if (reason === "FieldValueForbidden") return "Forbidden";
  if (reason === "FieldValueRequired") return "Required value";
  const name = reason === "FieldValueDuplicate" ? "Duplicate value" : "Invalid value";
  return `${name}: ${showValue(typeText)}`;
}

function messageOf(
  rule: ValidationRule,
  message: Expression | undefined,
  variables: { self: unknown; oldSelf?: unknown },
): string {
  if (message) {
    try {
      const text = message(variables);
      if (typeof text === "string" && text.trim() !== "" && !text.includes("\n"))
        return text.trim();
    } catch {
      // The static message stands in, as in the real server.
    }
  }
  return rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
}
