import { z } from "zod";

/** A map that Kubernetes keeps as it is, whatever is in it. */
export function freeMap(description?: string) {
  return z.record(z.string(), z.unknown()).meta({
    "x-kubernetes-preserve-unknown-fields": true,
    ...(description ? { description } : {}),
  });
}

export function text(description?: string) {
  return described(z.string(), description);
}

export function flag(description?: string) {
  return described(z.boolean(), description);
}

export function int64(description?: string) {
  return described(z.int().meta({ format: "int64" }), description);
}

export function double(description?: string) {
  return described(z.number().meta({ format: "double" }), description);
}

export function textMap(description?: string) {
  return described(z.record(z.string(), z.string()), description);
}

/** A list whose items are told apart by one of their fields, which must be unique and present. */
export function mapList<T extends z.ZodType>(key: string, item: T, description?: string) {
  return z.array(item).meta({
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": [key],
    ...(description ? { description } : {}),
  });
}

export function described<T extends z.ZodType>(schema: T, description?: string): T {
  return description ? schema.meta({ ...schema.meta(), description }) : schema;
}

const VALUE =
  'Always a string: write "ON", "true" and "21.5" in quotes, since an unquoted ON or 21.5 is a boolean or a number in YAML and is refused.';

/** A twin's value as a user or a device gives it. */
export function twinValue(description: string, isValueRequired: boolean) {
  const value = text(VALUE);
  return z
    .object({
      value: isValueRequired ? value : value.optional(),
      metadata: textMap(
        'Facts about the value, all strings: "type" and "timestamp" (milliseconds since 1970) among them.',
      ).optional(),
    })
    .meta({ description });
}

const objectMetadata = z.object({});

/** The frame that all kinds share. */
export function kubernetesObject<S extends z.ZodRawShape>(description: string, shape: S) {
  return z
    .object({
      apiVersion: text("Version of this form of the object.").optional(),
      kind: text("Kind of the object.").optional(),
      metadata: objectMetadata.optional(),
      ...shape,
      conversion: freeMap(
        "Kept by the conversion between API versions when an annotation would be too large. Not for editing.",
      ).optional(),
    })
    .meta({ description });
}
