import { z } from "zod";
import type { Attributes } from "./attributes.ts";

const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

/** One rule of a Role or ClusterRole; members that are missing grant nothing. */
export const policyRule = z.object({
  verbs: texts,
  apiGroups: texts,
  resources: texts,
  resourceNames: texts,
  nonResourceURLs: texts,
});

export type PolicyRule = z.infer<typeof policyRule>;

/** Whether the rule lets the request pass. */
export function grants(rule: PolicyRule, asked: Attributes): boolean {
  if (!includes(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined) return rule.nonResourceURLs.some((url) => covers(url, asked.path));
  if (!includes(rule.apiGroups, asked.group)) return false;
  const { resource, subresource, name } = asked;
  const isNamed = rule.resourceNames.length === 0 || rule.resourceNames.includes(name);
  if (subresource === "") return isNamed && includes(rule.resources, resource);
  const ways = ["*", `${resource}/${subresource}`, `*/${subresource}`];
  return isNamed && ways.some((way) => rule.resources.includes(way));
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

function covers(url: string, path = ""): boolean {
  if (url === "*" || url === path) return true;
  return url.endsWith("*") && path.startsWith(url.slice(0, -1));
}
