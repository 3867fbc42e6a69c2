import { fillDefaults } from "./defaults.ts";
import { type FieldError, type FieldErrorType, invalid, NO_FIELD } from "./field-error.ts";
import { isObject, type JsonSchemaProps } from "./json-schema-props.ts";
import { RuleSet } from "./rules/index.ts";
import { compileNode, type SchemaNode } from "./schema-node.ts";
import { walkUnknown } from "./unknown-fields.ts";
import { checkEmbedded } from "./validation/embedded-resources.ts";
import { isDeeperThan } from "./validation/json-equal.ts";
import { findDuplicates } from "./validation/list-types.ts";
import { type Verdict, validateNode } from "./validation/validate-node.ts";

const MAX_DEPTH = 256;
const UNCHECKED_RULES =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
const BLOCKING: ReadonlySet<FieldErrorType> = new Set<FieldErrorType>([
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/**
 * A structural schema made ready for use. `value` is always the whole object, with apiVersion, kind
 * and metadata; the methods that change it work in place on plain JSON.
 */
export interface CompiledSchema {
  /** The paths a strict decoder would refuse (`spec.bogus`, `spec.list[0].x`), sorted. */
  unknownFields(value: unknown): string[];
  /** Removes what the schema does not know. Idempotent. */
  prune(value: unknown): void;
  /** Drops nulls that are not allowed, then fills in defaults. Idempotent. */
  applyDefaults(value: unknown): void;
  /**
   * The faults of `value`: schema errors, then duplicates in sets and maps, then CEL rules. With
   * `old` (an update) the transition rules run too, and what was wrong before and is unchanged is
   * let through. Never throws for plain JSON.
   */
  validate(value: unknown, old?: unknown): FieldError[];
  /** Built-in kinds: why a typed decoder cannot read `value`. Their other methods trust that it can. */
  decodeFault?(value: unknown): string | undefined;
}

/** Compiles `props` once for many objects. Never throws for a schema `checkStructural` accepts. */
export function compileSchema(props: JsonSchemaProps): CompiledSchema {
  return new StructuralSchema(compileNode(props));
}

class StructuralSchema implements CompiledSchema {
  readonly #root: SchemaNode;
  readonly #hasEmbedded: boolean;
  #rules: RuleSet | undefined;

  constructor(root: SchemaNode) {
    this.#root = root;
    this.#hasEmbedded = JSON.stringify(root.props).includes("x-kubernetes-embedded-resource");
  }

  unknownFields(value: unknown): string[] {
    const paths: string[] = [];
    walkUnknown(value, this.#root, (_owner, _name, path) => paths.push(path));
    return paths.sort();
  }

  prune(value: unknown): void {
    walkUnknown(value, this.#root, (owner, name) => {
      delete owner[name];
    });
  }

  applyDefaults(value: unknown): void {
    if (isObject(value)) fillDefaults(value, this.#root);
  }

  validate(value: unknown, old?: unknown): FieldError[] {
    if (isDeeperThan(value, MAX_DEPTH)) {
      return [invalid(NO_FIELD, "", `the object is nested deeper than ${MAX_DEPTH} levels`)];
    }
    const verdict: Verdict = { errors: [], passed: 0 };
    validateNode(value, this.#root, "", old, verdict);
    const errors = verdict.errors;
    if (this.#hasEmbedded) errors.push(...checkEmbedded(value, this.#root, ""));
    errors.push(...this.#duplicates(value, old));
    if (this.#root.hasRules) errors.push(...this.#ruleErrors(value, old, errors));
    return errors;
  }

  #duplicates(value: unknown, old: unknown): FieldError[] {
    if (!this.#root.hasListTypes) return [];
    const found = findDuplicates(value, this.#root, "");
    const hadSome =
      found.length > 0 && old !== undefined && findDuplicates(old, this.#root, "").length > 0;
    return hadSome ? [] : found;
  }

  #ruleErrors(value: unknown, old: unknown, before: readonly FieldError[]): FieldError[] {
    if (before.some((e) => BLOCKING.has(e.type))) {
      return [invalid(NO_FIELD, null, UNCHECKED_RULES)];
    }
    this.#rules ??= new RuleSet(this.#root);
    return this.#rules.check(value, old);
  }
}
