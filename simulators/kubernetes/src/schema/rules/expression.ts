import { createRequire } from "node:module";
import type { Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";

const load = createRequire(import.meta.url);
let environment: Environment | undefined;

/** Loaded with the first rule: most schemas have none. */
function rulesEnvironment(): Environment {
  if (!environment) {
    const cel = load("@marcbachmann/cel-js") as typeof import("@marcbachmann/cel-js");
    environment = new cel.Environment({
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
    });
    environment.registerVariable("self", "dyn").registerVariable("oldSelf", "dyn");
    addFunctions(environment);
  }
  return environment;
}

/** What Kubernetes offers and the engine lacks. @see k8s.io/apiserver/pkg/cel/library */
function addFunctions(env: Environment): void {
  env.registerFunction("string.re2Matches(string): bool", matches);
  env.registerFunction("re2Matches(string, string): bool", matches);
  env.registerFunction("string.find(string): string", (text: string, pattern: string) => {
    const matcher = RE2JS.compile(pattern).matcher(text);
    return matcher.find() ? (matcher.group() ?? "") : "";
  });
  env.registerFunction("string.replace(string, string): string", replaceAll);
  env.registerFunction("list.isSorted(): bool", (list: unknown[]) =>
    list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0),
  );
  env.registerFunction("list.min(): dyn", (list: unknown[]) => extreme(list, -1));
  env.registerFunction("list.max(): dyn", (list: unknown[]) => extreme(list, 1));
  env.registerFunction("list.indexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findIndex((one) => compare(one, item) === 0)),
  );
}

function matches(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).test(text);
}

function replaceAll(text: string, from: string, to: string): string {
  return text.split(from).join(to);
}

type Ordered = bigint | number | string | boolean;

function compare(a: unknown, b: unknown): number {
  if ((a as Ordered) < (b as Ordered)) return -1;
  return (a as Ordered) > (b as Ordered) ? 1 : 0;
}

function extreme(list: readonly unknown[], sign: number): unknown {
  if (list.length === 0) throw new Error("min/max called on empty list");
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}

/** A compiled CEL expression over `self` and `oldSelf`. */
export type Expression = (variables: { self: unknown; oldSelf?: unknown }) => unknown;

const LITERAL =
  /r?"""[\s\S]*?"""|r?'''[\s\S]*?'''|r"[^"]*"|r'[^']*'|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;

/** Applies `change` to what is not inside a string literal. */
function outsideLiterals(source: string, change: (code: string) => string): string {
  let result = "";
  let end = 0;
  for (const match of source.matchAll(LITERAL)) {
    result += change(source.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return result + change(source.slice(end));
}

/** Whether the expression compares with the object's former state. */
export function usesOldSelf(source: string): boolean {
  let uses = false;
  outsideLiterals(source, (code) => {
    uses ||= /\boldSelf\b/.test(code);
    return code;
  });
  return uses;
}

/**
 * Compiles `source`. The engine's own `matches` uses a backtracking engine that a pattern can hang,
 * so it is replaced by RE2's.
 * @throws Error when it is not CEL or does not fit its operands.
 */
export function compileExpression(source: string): Expression {
  const text = outsideLiterals(source, (code) => code.replace(/\bmatches(?=\s*\()/g, "re2Matches"));
  const parsed = rulesEnvironment().parse(text);
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error("the expression does not check");
  return (variables) => parsed(variables);
}

/** The first line of an engine's error: it goes on with a drawing of the source. */
export function faultOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ""] = text.split("\n");
  return line
    .replace(/^No such key/, "no such key")
    .replace(/^Unexpected/, "Syntax error: unexpected");
}
