import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CORE_MESSAGES } from "../../protobuf/core-messages.ts";
import { DEFINITION_MESSAGES } from "../../protobuf/definition-messages.ts";
import { fieldsOfMessage } from "../../protobuf/message-table.ts";
import type { MessageDocs } from "../message-docs.ts";
import { goNameOf } from "../message-names.ts";

/** Classes whose name is not `V1` and the Go name, as the official client was generated. */
const CLASSES: Readonly<Record<string, string>> = {
  "core.Event": "CoreV1Event",
  "core.EventSeries": "CoreV1EventSeries",
  "core.ResourceClaim": "CoreV1ResourceClaim",
  "core.EndpointPort": "CoreV1EndpointPort",
  "rbac.Subject": "RbacV1Subject",
  "events.Event": "EventsV1Event",
  "events.EventSeries": "EventsV1EventSeries",
  "authentication.TokenRequest": "AuthenticationV1TokenRequest",
  "admissionregistration.ServiceReference": "AdmissionregistrationV1ServiceReference",
  "admissionregistration.WebhookClientConfig": "AdmissionregistrationV1WebhookClientConfig",
  "authentication.TokenRequestSpec": "V1TokenRequestSpec",
  "crd.ServiceReference": "ApiextensionsV1ServiceReference",
  "crd.ClientConfig": "ApiextensionsV1WebhookClientConfig",
};
const CLASS_TEXT = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export declare class/;
/** A member whose type is another class carries no comment. */
const MEMBER = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?'([^']+)'(\??):/g;

/** What the official client says of every message here, from its type declarations. */
export function readClientModels(): Record<string, MessageDocs> {
  const main = createRequire(import.meta.url).resolve("@kubernetes/client-node");
  const folder = join(dirname(main), "gen/models");
  const docs: Record<string, MessageDocs> = {};
  for (const message of Object.keys({ ...CORE_MESSAGES, ...DEFINITION_MESSAGES }).sort()) {
    const read = readModel(folder, message);
    if (read !== undefined) docs[message] = read;
  }
  return docs;
}

function readModel(folder: string, message: string): MessageDocs | undefined {
  const name = CLASSES[message] ?? `V1${goNameOf(message)}`;
  let text: string;
  try {
    text = readFileSync(join(folder, `${name}.d.ts`), "utf8");
  } catch {
    return undefined;
  }
  const names = namesIn(message);
  const fields: Record<string, string> = {};
  const required: string[] = [];
  for (const [, comment = "", escaped = "", optional] of text.matchAll(MEMBER)) {
    const field = plainName(escaped);
    if (!names.has(field)) continue;
    if (comment !== "") fields[field] = plain(comment);
    if (optional === "") required.push(field);
  }
  return { text: plain(CLASS_TEXT.exec(text)?.[1] ?? ""), required, fields };
}

/** The client cannot name a member `$ref` or `x-kubernetes-…`. */
function plainName(name: string): string {
  if (name === "$ref" || name === "$schema") return name;
  if (name.startsWith("x_kubernetes_")) return name.replaceAll("_", "-");
  return (
    { _enum: "enum", _default: "default", _continue: "continue" }[name] ?? name.replace(/^_/, "")
  );
}

function namesIn(message: string): Set<string> {
  const names = new Set<string>();
  for (const field of fieldsOfMessage(message)?.values() ?? []) {
    if (field.isInline) for (const inner of namesIn(field.type)) names.add(inner);
    else names.add(field.name);
  }
  return names;
}

function plain(comment: string): string {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim()
    .replace(/\\(["'`])/g, "$1");
}
