import { CORE_MESSAGES } from "./core-messages.ts";
import { DEFINITION_MESSAGES } from "./definition-messages.ts";

export interface MessageField {
  readonly number: number;
  /** as JSON calls it */
  readonly name: string;
  /** a scalar (`s` text, `y` bytes, `b` boolean, `i` integer, `d` double), a special form or a message */
  readonly type: string;
  readonly repeat: "" | "[]" | "{}";
  /** Its members stand in JSON among those of the message around it. */
  readonly isInline: boolean;
}

export type MessageFields = ReadonlyMap<number, MessageField>;

const PATTERN = /^(\d+) (\S+) (\[\]|\{\}|~|)(\S+)$/;
const known = new Map<string, MessageFields>();

/** The fields of a message by their number; undefined when there is no such message. */
export function fieldsOfMessage(message: string): MessageFields | undefined {
  const made = known.get(message);
  if (made !== undefined) return made;
  const row = CORE_MESSAGES[message] ?? DEFINITION_MESSAGES[message];
  if (row === undefined) return undefined;
  const fields = new Map<number, MessageField>();
  for (const text of row.split(",")) {
    const [, number = "0", name = "", mark, type = ""] = PATTERN.exec(text.trim()) ?? [];
    const repeat = mark === "[]" || mark === "{}" ? mark : "";
    if (type !== "") {
      fields.set(Number(number), {
        number: Number(number),
        name,
        type,
        repeat,
        isInline: mark === "~",
      });
    }
  }
  known.set(message, fields);
  return fields;
}

const PACKAGES: Readonly<Record<string, string>> = {
  v1: "core",
  "apps/v1": "apps",
  "admissionregistration.k8s.io/v1": "admissionregistration",
  "apiextensions.k8s.io/v1": "crd",
  "authentication.k8s.io/v1": "authentication",
  "authorization.k8s.io/v1": "authorization",
  "autoscaling/v1": "autoscaling",
  "certificates.k8s.io/v1": "certificates",
  "coordination.k8s.io/v1": "coordination",
  "events.k8s.io/v1": "events",
  "policy/v1": "policy",
  "rbac.authorization.k8s.io/v1": "rbac",
};

/** The message of a kind; undefined for kinds that nobody sends in protobuf. */
export function messageOfKind(apiVersion: string, kind: string): string | undefined {
  // Its envelope carries any group: clients register it with each of them.
  if (kind === "DeleteOptions") return "meta.DeleteOptions";
  const prefix = Object.hasOwn(PACKAGES, apiVersion) ? PACKAGES[apiVersion] : undefined;
  const message = `${prefix}.${kind}`;
  return fieldsOfMessage(message) === undefined ? undefined : message;
}
