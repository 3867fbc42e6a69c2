import type { Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";

/**
 * CEL's extended strings and Kubernetes' regular expressions, as far as the engine lacks them.
 * @see k8s.io/apiserver/pkg/cel/library/regex.go
 */
export function addStringFunctions(env: Environment): void {
  env.registerFunction("string.re2Matches(string): bool", matches);
  env.registerFunction("re2Matches(string, string): bool", matches);
  env.registerFunction("string.find(string): string", (text: string, pattern: string) => {
    const matcher = RE2JS.compile(pattern).matcher(text);
    return matcher.find() ? (matcher.group() ?? "") : "";
  });
  env.registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
    findAll(text, pattern, -1n),
  );
  env.registerFunction("string.findAll(string, int): list<string>", findAll);
  env.registerFunction("string.replace(string, string): string", replaceAll);
  env.registerFunction("string.replace(string, string, int): string", replaceSome);
  env.registerFunction("string.charAt(int): string", (text: string, index: bigint) => {
    const characters = [...text];
    if (index < 0n || index > BigInt(characters.length)) {
      throw new Error(`index out of range: ${index}`);
    }
    return characters[Number(index)] ?? "";
  });
  env.registerFunction("string.reverse(): string", (text: string) => [...text].reverse().join(""));
}

function matches(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).test(text);
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  const matcher = RE2JS.compile(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) {
    found.push(matcher.group() ?? "");
  }
  return found;
}

function replaceAll(text: string, from: string, to: string): string {
  return text.split(from).join(to);
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return replaceAll(text, from, to);
  const parts = text.split(from);
  const changed = Math.min(Number(limit), parts.length - 1);
  const head = parts.slice(0, changed + 1).join(to);
  return [head, ...parts.slice(changed + 1)].join(from);
}
