import { createRequire } from "node:module";
import type { Environment } from "@marcbachmann/cel-js";
import { celValue } from "./cel-value.ts";
import { addKubernetesLibrary } from "./library/index.ts";

const load = createRequire(import.meta.url);
let shared: Environment | undefined;
const environments = new Map<string, Environment>();

/** Loaded with the first expression: most schemas have none. */
function environmentWith(variables: readonly string[]): Environment {
  const key = variables.join();
  let environment = environments.get(key);
  if (!environment) {
    environment = library().clone();
    for (const name of variables) environment.registerVariable(name, "dyn");
    environments.set(key, environment);
  }
  return environment;
}

function library(): Environment {
  if (!shared) {
    const cel = load("@marcbachmann/cel-js") as typeof import("@marcbachmann/cel-js");
    shared = new cel.Environment({
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
    });
    addKubernetesLibrary(shared);
  }
  return shared;
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

/** What a rule must come to; `dyn` is found out when it runs. */
export type ResultType = "bool" | "string";

/**
 * Compiles `source` over `self` and `oldSelf`.
 * @throws Error when it is not CEL, does not fit its operands or comes to another type
 */
export function compileExpression(source: string, wanted: ResultType = "bool"): Expression {
  return compile(source, ["self", "oldSelf"], wanted);
}

/** A compiled condition over a request and its objects. */
export type Condition = (variables: Readonly<Record<string, unknown>>) => unknown;

/** Compiles a condition of an admission webhook. @throws Error as `compileExpression` does */
export function compileCondition(source: string): Condition {
  const holds = compile(source, ["object", "oldObject", "request"], "bool");
  return (variables) => {
    const seen = Object.entries(variables).map(([name, value]) => [
      name,
      celValue(value, undefined),
    ]);
    return holds(Object.fromEntries(seen));
  };
}

/**
 * The engine's own `matches` uses a backtracking engine that a pattern can hang, so it is replaced
 * by RE2's.
 */
function compile(source: string, variables: readonly string[], wanted: ResultType) {
  const text = outsideLiterals(source, (code) => code.replace(/\bmatches(?=\s*\()/g, "re2Matches"));
  const parsed = environmentWith(variables).parse(text);
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error("the expression does not check");
  if (checked.type !== wanted && checked.type !== "dyn") {
    throw new Error(`must evaluate to ${wanted}`);
  }
  return (values: object) => parsed(values as Record<string, unknown>);
}

/** The first line of an engine's error: it goes on with a drawing of the source. */
export function faultOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ""] = text.split("\n");
  return line
    .replace(/^No such key/, "no such key")
    .replace(/^Unexpected/, "Syntax error: unexpected");
}
