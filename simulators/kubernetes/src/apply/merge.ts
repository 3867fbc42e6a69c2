import type { JsonSchemaProps } from "../schema/index.ts";
import type { FieldSet } from "./field-set.ts";
import { isAssociative, isGranularMap, itemsByElement, memberSchema } from "./shape.ts";

/** `live` with all that `applied` states. Neither is changed. */
export function mergeValue(
  live: unknown,
  applied: unknown,
  schema: JsonSchemaProps | undefined,
): unknown {
  if (isGranularMap(applied, schema)) {
    const base = isGranularMap(live, schema) ? live : {};
    const members = Object.entries(applied).map(([name, value]): [string, unknown] => [
      name,
      mergeValue(
        Object.hasOwn(base, name) ? base[name] : undefined,
        value,
        memberSchema(schema, name),
      ),
    ]);
    return Object.fromEntries([...Object.entries(base), ...members]);
  }
  if (isAssociative(applied, schema)) {
    return mergeItems(isAssociative(live, schema) ? live : [], applied, schema);
  }
  return applied;
}

/** The applied items in their order; a live one stays behind the item it followed. */
function mergeItems(
  live: readonly unknown[],
  applied: readonly unknown[],
  schema: JsonSchemaProps | undefined,
): unknown[] {
  const old = itemsByElement(live, schema);
  const next = itemsByElement(applied, schema);
  const order = [...next.keys()];
  let before = -1;
  for (const element of old.keys()) {
    if (next.has(element)) {
      before = order.indexOf(element);
    } else {
      before++;
      order.splice(before, 0, element);
    }
  }
  return order.map((element) =>
    next.has(element)
      ? mergeValue(old.get(element), next.get(element), schema?.items)
      : old.get(element),
  );
}

/**
 * `value` without the fields of `gone` that nobody of `owned` owns, or owns a part of. Containers
 * that lose everything stay only if someone owns them.
 */
export function removeFields(
  value: unknown,
  gone: FieldSet,
  owned: FieldSet | undefined,
  schema: JsonSchemaProps | undefined,
): unknown {
  if (isGranularMap(value, schema)) {
    const kept = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      const element = `f:${name}`;
      const here = gone.children.get(element);
      if (!here) return [[name, member]];
      const owners = owned?.children.get(element);
      if (!owners) return [];
      return [[name, removeFields(member, here, owners, memberSchema(schema, name))]];
    });
    return Object.fromEntries(kept);
  }
  if (isAssociative(value, schema)) {
    return [...itemsByElement(value, schema)].flatMap(([element, item]) => {
      const here = gone.children.get(element);
      if (!here) return [item];
      const owners = owned?.children.get(element);
      return owners ? [removeFields(item, here, owners, schema?.items)] : [];
    });
  }
  return value;
}
