import { badRequest } from "../status/index.ts";

export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

/** One requirement of a selector: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a>1`, `a<1`. */
const REQUIREMENT =
  /^\s*(?:!\s*(?<absent>[^\s=!<>(),]+)|(?<key>[^\s=!<>(),]+)\s*(?:(?<set>in|notin)\s*\((?<values>[^()]*)\)|(?<operator>==|=|!=|>|<)\s*(?<value>[^\s=!<>(),]*))?)\s*$/;

/** Reads a label selector of a query. @throws StatusError 400 naming the part that cannot be read */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  if (text.trim() === "") return undefined;
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (labels) => requirements.every((matches) => matches(labels));
}

function splitOutsideParentheses(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth <= 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function parseRequirement(text: string): LabelSelector {
  const parts = REQUIREMENT.exec(text)?.groups;
  if (parts === undefined) {
    throw badRequest(
      `unable to parse requirement: found '${text.trim()}', expected: a label key with '=', '==', '!=', 'in', 'notin', '!'`,
    );
  }
  const { absent, key = "", set, values = "", operator, value = "" } = parts;
  if (absent !== undefined) return (labels) => !(absent in labels);
  if (set !== undefined) {
    const wanted = new Set(values.split(",").map((item) => item.trim()));
    return set === "in"
      ? (labels) => key in labels && wanted.has(labels[key] ?? "")
      : (labels) => !(key in labels) || !wanted.has(labels[key] ?? "");
  }
  return comparison(key, operator, value);
}

function comparison(key: string, operator: string | undefined, value: string): LabelSelector {
  switch (operator) {
    case undefined:
      return (labels) => key in labels;
    case "!=":
      return (labels) => labels[key] !== value;
    case ">":
      return (labels) => key in labels && Number(labels[key]) > Number(value);
    case "<":
      return (labels) => key in labels && Number(labels[key]) < Number(value);
    default:
      return (labels) => labels[key] === value;
  }
}
