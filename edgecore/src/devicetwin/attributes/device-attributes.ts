import { checkValueOfType } from "@mapperkit/api";
import { z } from "zod";

/** As clouds send an attribute (mqtt-topics §2.4 MsgAttr); `null` deletes it. */
export const msgAttribute = z
  .looseObject({
    value: z.string(),
    optional: z.boolean().nullish(),
    metadata: z.looseObject({ type: z.string().nullish() }).nullish(),
  })
  .nullable();
export type MsgAttribute = z.infer<typeof msgAttribute>;

export interface Attribute {
  readonly value: string;
  readonly optional: boolean;
  readonly metadata: { readonly type: string };
}
export type Attributes = Readonly<Record<string, Attribute>>;

export interface AttributeEffect {
  readonly attributes: Attributes;
  /** What changed, `null` for what is gone: the body of `…/updated`. Empty when nothing did. */
  readonly updated: Readonly<Record<string, Attribute | null>>;
}

/**
 * The attributes that a cloud's membership message names (mqtt-topics §2.8): those it does not name
 * are deleted, `null` deletes what is optional, and optional goes only from true to false. A value
 * that is not of its type is left as it was.
 */
export function applyAttributes(
  held: Attributes,
  sent: Readonly<Record<string, MsgAttribute>>,
  maxValueBytes: number,
): AttributeEffect {
  const attributes: [string, Attribute][] = [];
  const updated: [string, Attribute | null][] = [];
  for (const [name, message] of Object.entries(sent)) {
    const before = Object.hasOwn(held, name) ? held[name] : undefined;
    const after = stepAttribute(before, message, maxValueBytes);
    if (after) attributes.push([name, after]);
    if (after !== before) updated.push([name, after ?? null]);
  }
  for (const name of Object.keys(held)) {
    if (!Object.hasOwn(sent, name)) updated.push([name, null]);
  }
  return { attributes: Object.fromEntries(attributes), updated: Object.fromEntries(updated) };
}

function stepAttribute(
  before: Attribute | undefined,
  sent: MsgAttribute,
  maxValueBytes: number,
): Attribute | undefined {
  if (sent === null) return before?.optional === false ? before : undefined;
  const type = sent.metadata?.type || (before?.metadata.type ?? "string");
  const isBad =
    checkValueOfType(type, sent.value) !== undefined ||
    Buffer.byteLength(sent.value) > maxValueBytes;
  if (isBad) return before;
  const optional = before ? before.optional && sent.optional !== false : sent.optional !== false;
  const isEqual =
    before?.value === sent.value && before.metadata.type === type && before.optional === optional;
  return isEqual ? before : { value: sent.value, optional, metadata: { type } };
}
