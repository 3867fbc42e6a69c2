import { fieldsOfMessage, type MessageField } from "../protobuf/message-table.ts";

/** A field with the message that declares it: an inlined structure keeps its own marks. */
export interface FlatField extends MessageField {
  readonly owner: string;
}

const known = new Map<string, ReadonlyMap<string, FlatField>>();

/** The members that a message has in JSON, by name. @throws Error for a message that is not in the table */
export function flatFields(message: string): ReadonlyMap<string, FlatField> {
  const made = known.get(message);
  if (made !== undefined) return made;
  const fields = fieldsOfMessage(message);
  if (fields === undefined) throw new Error(`no message ${message}`);
  const flat = new Map<string, FlatField>();
  for (const field of fields.values()) {
    if (!field.isInline) flat.set(field.name, { ...field, owner: message });
    else for (const [name, inner] of flatFields(field.type)) flat.set(name, inner);
  }
  known.set(message, flat);
  return flat;
}

const INT64: ReadonlySet<string> = new Set(
  `activeDeadlineSeconds deletionGracePeriodSeconds expirationSeconds fsGroup generation
   gracePeriodSeconds maxItems maxLength maxProperties minItems minLength minProperties
   observedGeneration remainingItemCount runAsGroup runAsUser seconds sizeBytes supplementalGroups
   terminationGracePeriodSeconds tolerationSeconds`.split(/\s+/),
);
const MICRO_TIMES: ReadonlySet<string> = new Set(
  "acquireTime eventTime lastObservedTime renewTime".split(" "),
);

/** The width that Go gives an integer field: errors and documents name it. */
export function integerFormat(field: string): "int32" | "int64" {
  return INT64.has(field) ? "int64" : "int32";
}

export function isMicroTime(field: string): boolean {
  return MICRO_TIMES.has(field);
}
