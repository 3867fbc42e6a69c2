import type { z } from "zod";

/** What the config loader needs to know of a schema: its named fields, a free map, or one value. */
export type SchemaNode =
  | {
      readonly kind: "object";
      readonly fields: ReadonlyMap<string, z.ZodType>;
      readonly isOpen: boolean;
    }
  | { readonly kind: "map"; readonly value: z.ZodType }
  | { readonly kind: "value" };

interface AnyDef {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly valueType?: z.ZodType;
}

/** Looks through optional, default, nullable and the like. */
export function schemaNodeOf(schema: z.ZodType): SchemaNode {
  const def = schema.def as AnyDef;
  const inner = def.innerType ?? (def.type === "pipe" ? def.in : undefined);
  if (inner) return schemaNodeOf(inner);
  if (def.type === "object" && def.shape) {
    const isOpen = def.catchall !== undefined && (def.catchall.def as AnyDef).type !== "never";
    return { kind: "object", fields: new Map(Object.entries(def.shape)), isOpen };
  }
  if (def.type === "record" && def.valueType) return { kind: "map", value: def.valueType };
  return { kind: "value" };
}
