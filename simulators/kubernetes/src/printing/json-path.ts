import { isObject } from "../schema/index.ts";

type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "slice"; readonly from: number; readonly to: number | undefined }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly path: JsonPath; readonly test: Test | undefined };

interface Test {
  readonly comparison: Comparison;
  readonly operand: unknown;
}

/** A parsed path of a printer column. */
export type JsonPath = readonly Step[];

const MAX_LENGTH = 1000;
const NAME = /^(?:\\.|[^.[\]\\])+/;
const QUOTED = /^\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/;
const INDEX = /^\[\s*(-?\d{1,9})\s*\]/;
const SLICE = /^\[\s*(\d{0,9})\s*:\s*(\d{0,9})\s*\]/;
const FILTER =
  /^\[\?\(\s*@([^=!<>)]*?)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^)\s]+)\s*)?\)\]/;

/**
 * Reads the subset printer columns use: `.a.b`, `['a']`, `[0]`, `[-1]`, `[0:2]`, `[*]`,
 * `[?(@.type=="Ready")]`, `a\.b`. Undefined when `text` is something else.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const steps: Step[] = [];
  let rest = text.trim().replace(/^\$/, "");
  while (rest !== "") {
    const next = parseStep(rest);
    if (!next) return undefined;
    if (next.step) steps.push(next.step);
    rest = rest.slice(next.length);
  }
  return steps;
}

function parseStep(rest: string): { step: Step | undefined; length: number } | undefined {
  if (rest === ".") return { step: undefined, length: 1 };
  if (rest.startsWith("[")) return parseBracket(rest);
  const dot = rest.startsWith(".") ? 1 : 0;
  if (rest.charAt(dot) === "[") return { step: undefined, length: dot };
  const match = NAME.exec(rest.slice(dot));
  if (!match) return undefined;
  const [name] = match;
  const step: Step =
    name === "*" ? { kind: "all" } : { kind: "member", name: name.replace(/\\(.)/g, "$1") };
  return { step, length: dot + name.length };
}

function parseBracket(rest: string): { step: Step; length: number } | undefined {
  if (rest.startsWith("[*]")) return { step: { kind: "all" }, length: 3 };
  const quoted = QUOTED.exec(rest);
  if (quoted) {
    const name = (quoted[1] ?? quoted[2] ?? "").replace(/\\(.)/g, "$1");
    return { step: { kind: "member", name }, length: quoted[0].length };
  }
  const index = INDEX.exec(rest);
  if (index) {
    return { step: { kind: "index", index: Number(index[1]) }, length: index[0].length };
  }
  const slice = SLICE.exec(rest);
  if (slice) {
    const to = slice[2] ? Number(slice[2]) : undefined;
    return { step: { kind: "slice", from: Number(slice[1] ?? 0), to }, length: slice[0].length };
  }
  return parseFilter(rest);
}

function parseFilter(rest: string): { step: Step; length: number } | undefined {
  const match = FILTER.exec(rest);
  if (!match) return undefined;
  const [whole, inner = "", comparison, literal = ""] = match;
  const path = parseJsonPath(inner);
  if (!path) return undefined;
  const test = comparison
    ? { comparison: comparison as Comparison, operand: literalOf(literal) }
    : undefined;
  return { step: { kind: "filter", path, test }, length: whole.length };
}

function literalOf(text: string): unknown {
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** The first value at `path`; undefined when there is none. Never throws. */
export function firstAt(value: unknown, path: JsonPath): unknown {
  let found: unknown[] = [value];
  for (const step of path) found = found.flatMap((one) => takeStep(one, step));
  return found[0];
}

function takeStep(value: unknown, step: Step): unknown[] {
  if (step.kind === "member") {
    return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
  }
  if (step.kind === "all") {
    return typeof value === "object" && value !== null ? Object.values(value) : [];
  }
  if (!Array.isArray(value)) return [];
  if (step.kind === "index") return value.slice(step.index, step.index + 1 || undefined);
  if (step.kind === "slice") return value.slice(step.from, step.to);
  return value.filter((item) => passes(item, step.path, step.test));
}

function passes(item: unknown, path: JsonPath, test: Test | undefined): boolean {
  const left = firstAt(item, path);
  if (!test) return left !== undefined;
  const right = test.operand;
  if (test.comparison === "==") return left === right;
  if (test.comparison === "!=") return left !== undefined && left !== right;
  if (typeof left !== typeof right) return false;
  const [a, b] = [left as number, right as number];
  if (test.comparison === "<") return a < b;
  if (test.comparison === "<=") return a <= b;
  return test.comparison === ">" ? a > b : a >= b;
}
