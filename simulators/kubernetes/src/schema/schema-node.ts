import { RE2JS } from "re2js";
import { checkerOf, type FormatChecker } from "./formats.ts";
import type { JsonSchemaProps } from "./json-schema-props.ts";

/** One node of a schema, made ready for walking values. */
export interface SchemaNode {
  readonly props: JsonSchemaProps;
  /** Empty: any type. */
  readonly types: readonly string[];
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly items: SchemaNode | undefined;
  /** A schema, or whether members beyond `properties` are declared at all. */
  readonly additional: SchemaNode | boolean | undefined;
  readonly preserves: boolean;
  readonly embedded: boolean;
  readonly format: { readonly name: string; readonly accepts: FormatChecker } | undefined;
  /** Undefined without a pattern; the text of the fault when RE2 cannot read it. */
  readonly pattern: RE2JS | string | undefined;
  readonly allOf: readonly SchemaNode[];
  readonly anyOf: readonly SchemaNode[];
  readonly oneOf: readonly SchemaNode[];
  readonly not: SchemaNode | undefined;
  readonly hasListTypes: boolean;
  readonly hasRules: boolean;
}

/** Compiles `props` and all below it. */
export function compileNode(props: JsonSchemaProps): SchemaNode {
  const properties = new Map(
    Object.entries(props.properties ?? {}).map(([name, p]) => [name, compileNode(p)]),
  );
  const items = props.items ? compileNode(props.items) : undefined;
  const additional =
    typeof props.additionalProperties === "object"
      ? compileNode(props.additionalProperties)
      : props.additionalProperties;
  const below = [...properties.values()];
  if (items) below.push(items);
  if (typeof additional === "object") below.push(additional);
  const listType = props["x-kubernetes-list-type"];
  return {
    props,
    types: typesOf(props),
    properties,
    items,
    additional,
    preserves: props["x-kubernetes-preserve-unknown-fields"] === true,
    embedded: props["x-kubernetes-embedded-resource"] === true,
    format: checkerOf(props.format),
    pattern: compilePattern(props.pattern),
    allOf: (props.allOf ?? []).map(compileNode),
    anyOf: (props.anyOf ?? []).map(compileNode),
    oneOf: (props.oneOf ?? []).map(compileNode),
    not: props.not ? compileNode(props.not) : undefined,
    hasListTypes: listType === "set" || listType === "map" || below.some((n) => n.hasListTypes),
    hasRules: (props["x-kubernetes-validations"] ?? []).length > 0 || below.some((n) => n.hasRules),
  };
}

function typesOf(props: JsonSchemaProps): readonly string[] {
  if (props["x-kubernetes-int-or-string"]) return ["integer", "string"];
  return props.type ? [props.type] : [];
}

function compilePattern(pattern: string | undefined): RE2JS | string | undefined {
  if (!pattern) return undefined;
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The schema of an object's member, or of nothing when the schema does not declare it. */
export function memberNode(node: SchemaNode | undefined, name: string): SchemaNode | undefined {
  const declared = node?.properties.get(name);
  if (declared) return declared;
  return typeof node?.additional === "object" ? node.additional : undefined;
}
