import { type JsonSchemaProps, jsonEqual } from "../schema/index.ts";
import { type FieldSet, FieldSetBuilder } from "./field-set.ts";
import { isAssociative, isDeclared, isGranularMap, itemsByElement, memberSchema } from "./shape.ts";

/** Deeper values count as one leaf. */
const MAX_DEPTH = 256;

/** What changed between two objects, container nodes included. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

interface Builders {
  readonly added: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly removed: FieldSetBuilder;
}

/** Compares two whole objects by their schema. */
export function compareObjects(
  before: object,
  after: object,
  schema: JsonSchemaProps | undefined,
): Comparison {
  const builders = {
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
  };
  compare(before, after, schema, builders, 0);
  return {
    added: builders.added.build(),
    modified: builders.modified.build(),
    removed: builders.removed.build(),
  };
}

function below({ added, modified, removed }: Builders, element: string): Builders {
  return {
    added: added.child(element),
    modified: modified.child(element),
    removed: removed.child(element),
  };
}

function compare(
  before: unknown,
  after: unknown,
  schema: JsonSchemaProps | undefined,
  builders: Builders,
  depth: number,
): void {
  if (depth > MAX_DEPTH) {
    if (before !== after) builders.modified.insert();
  } else if (isGranularMap(before, schema) && isGranularMap(after, schema)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names) {
      const pair = [own(before, name), own(after, name)] as const;
      // Most of an object stays as it is: nothing is built for it.
      if (jsonEqual(...pair)) continue;
      compareMember(pair, memberSchema(schema, name), below(builders, `f:${name}`), depth);
    }
  } else if (isAssociative(before, schema) && isAssociative(after, schema)) {
    const [old, next] = [itemsByElement(before, schema), itemsByElement(after, schema)];
    for (const element of new Set([...old.keys(), ...next.keys()])) {
      const pair = [old.get(element), next.get(element)] as const;
      if (jsonEqual(...pair)) continue;
      compareMember(pair, schema?.items, below(builders, element), depth);
    }
  } else if (!jsonEqual(before, after)) {
    insertChildren(before, schema, builders.removed, depth);
    builders.modified.insert();
    insertChildren(after, schema, builders.added, depth);
  }
}

function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function compareMember(
  [before, after]: readonly [unknown, unknown],
  schema: JsonSchemaProps | undefined,
  builders: Builders,
  depth: number,
): void {
  if (before === undefined) insertAll(after, schema, builders.added, depth);
  else if (after === undefined) insertAll(before, schema, builders.removed, depth);
  else compare(before, after, schema, builders, depth + 1);
}

/** A node and all below it. */
function insertAll(
  value: unknown,
  schema: JsonSchemaProps | undefined,
  builder: FieldSetBuilder,
  depth: number,
): void {
  builder.insert();
  insertChildren(value, schema, builder, depth + 1);
}

function insertChildren(
  value: unknown,
  schema: JsonSchemaProps | undefined,
  builder: FieldSetBuilder,
  depth: number,
): void {
  if (depth > MAX_DEPTH) return;
  if (isGranularMap(value, schema)) {
    for (const [name, member] of Object.entries(value)) {
      insertAll(member, memberSchema(schema, name), builder.child(`f:${name}`), depth);
    }
  } else if (isAssociative(value, schema)) {
    for (const [element, item] of itemsByElement(value, schema)) {
      insertAll(item, schema?.items, builder.child(element), depth);
    }
  }
}

/** The fields an apply configuration states: leaves, list items, entries of maps. */
export function fieldsOf(value: object, schema: JsonSchemaProps | undefined): FieldSet {
  const builder = new FieldSetBuilder();
  state(value, schema, builder, 0);
  return builder.build();
}

function state(
  value: unknown,
  schema: JsonSchemaProps | undefined,
  builder: FieldSetBuilder,
  depth: number,
): void {
  if (depth <= MAX_DEPTH && isGranularMap(value, schema)) {
    for (const [name, member] of Object.entries(value)) {
      const child = builder.child(`f:${name}`);
      state(member, memberSchema(schema, name), child, depth + 1);
      const isEmptyMap = isGranularMap(member, undefined) && Object.keys(member).length === 0;
      if (member === null || isEmptyMap || !isDeclared(schema, name)) child.insert();
    }
  } else if (depth <= MAX_DEPTH && isAssociative(value, schema)) {
    for (const [element, item] of itemsByElement(value, schema)) {
      const child = builder.child(element);
      state(item, schema?.items, child, depth + 1);
      child.insert();
    }
  } else {
    builder.insert();
  }
}
