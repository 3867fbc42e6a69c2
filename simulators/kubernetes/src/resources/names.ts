import type { Random } from "@mapperkit/runtime";
import type { FieldError } from "../status/index.ts";
import type { Strategy } from "./served-resource.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** Kubernetes' complaints about a name, without the field; empty when it is good. */
export function nameFaults(name: string, rule: Strategy["nameRule"]): string[] {
  if (rule === "path") return pathSegmentFaults(name);
  const [pattern, text, longest] =
    rule === "label"
      ? ([LABEL, LABEL_TEXT, 63] as const)
      : ([SUBDOMAIN, SUBDOMAIN_TEXT, 253] as const);
  const faults = [];
  if (name.length > longest) faults.push(`must be no more than ${longest} characters`);
  if (!pattern.test(name)) faults.push(text);
  return faults;
}

function pathSegmentFaults(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
}

export function checkName(name: string, rule: Strategy["nameRule"], field: string): FieldError[] {
  return nameFaults(name, rule).map((fault) => ({
    type: "FieldValueInvalid",
    field,
    message: `Invalid value: ${JSON.stringify(name)}: ${fault}`,
  }));
}

// Without vowels and look-alikes, so that no words come out.
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const LONGEST_BASE = 58;

/** The name made from `metadata.generateName`. */
export function generateName(base: string, random: Random): string {
  let suffix = "";
  for (let i = 0; i < 5; i++) suffix += ALPHABET[random.int(0, ALPHABET.length - 1)];
  return `${base.slice(0, LONGEST_BASE)}${suffix}`;
}
