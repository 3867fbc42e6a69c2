import { isDeepStrictEqual } from "node:util";
import { isMembers, member, setMember } from "./members.ts";
import { PatchError } from "./patch-error.ts";

/**
 * Applies a JSON patch (RFC 6902) to a copy of `document`.
 * @throws PatchError `decode` when `operations` is not a JSON patch, `failed` when a path leads
 * nowhere, `testFailed` when a test does not hold.
 */
export function applyJsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw new PatchError("decode", "error decoding patch: a JSON patch is an array of operations");
  }
  const holder: { root: unknown } = { root: structuredClone(document) };
  for (const [index, operation] of operations.entries()) applyOperation(holder, operation, index);
  return holder.root;
}

function applyOperation(holder: { root: unknown }, operation: unknown, index: number): void {
  if (!isMembers(operation)) {
    throw new PatchError("decode", `error decoding patch: operation ${index} must be an object`);
  }
  const op = operation.op;
  const path = tokensOf(operation.path, index, "path");
  switch (op) {
    case "add":
      add(holder, path, operand(operation, index));
      return;
    case "remove":
      remove(holder, path);
      return;
    case "replace":
      read(holder, path);
      replace(holder, path, operand(operation, index));
      return;
    case "move": {
      const from = tokensOf(operation.from, index, "from");
      if (isProperPrefix(from, path)) {
        throw new PatchError("failed", `cannot move ${pointer(from)} into itself`);
      }
      add(holder, path, remove(holder, from));
      return;
    }
    case "copy": {
      const from = tokensOf(operation.from, index, "from");
      add(holder, path, structuredClone(read(holder, from)));
      return;
    }
    case "test":
      if (!isDeepStrictEqual(readForTest(holder, path), operand(operation, index))) {
        throw new PatchError("testFailed", `testing value ${pointer(path)} failed`);
      }
      return;
    default:
      throw new PatchError(
        "decode",
        `error decoding patch: operation ${index} has the unknown op ${JSON.stringify(op)}`,
      );
  }
}

function operand(operation: Record<string, unknown>, index: number): unknown {
  if (!Object.hasOwn(operation, "value")) {
    throw new PatchError("decode", `error decoding patch: operation ${index} needs a value`);
  }
  return structuredClone(operation.value);
}

function tokensOf(path: unknown, index: number, name: string): string[] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) {
    throw new PatchError(
      "decode",
      `error decoding patch: operation ${index} needs a ${name} that is a JSON pointer`,
    );
  }
  if (path === "") return [];
  return path
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function pointer(tokens: readonly string[]): string {
  return tokens.map((t) => `/${t.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function isProperPrefix(from: readonly string[], path: readonly string[]): boolean {
  return from.length < path.length && from.every((token, i) => token === path[i]);
}

function missing(tokens: readonly string[]): PatchError {
  return new PatchError("failed", `there is nothing at ${JSON.stringify(pointer(tokens))}`);
}

function indexIn(list: readonly unknown[], token: string, limit: number): number | undefined {
  if (!/^(0|[1-9][0-9]*)$/.test(token)) return undefined;
  const index = Number(token);
  return index <= limit && index <= list.length ? index : undefined;
}

function step(container: unknown, token: string): unknown {
  if (Array.isArray(container)) {
    const index = indexIn(container, token, container.length - 1);
    return index === undefined ? undefined : container[index];
  }
  return isMembers(container) ? member(container, token) : undefined;
}

function read(holder: { root: unknown }, tokens: readonly string[]): unknown {
  const value = readForTest(holder, tokens);
  if (value === undefined) throw missing(tokens);
  return value;
}

function readForTest(holder: { root: unknown }, tokens: readonly string[]): unknown {
  return tokens.reduce(step, holder.root);
}

function add(holder: { root: unknown }, tokens: readonly string[], value: unknown): void {
  const last = tokens.at(-1);
  if (last === undefined) {
    holder.root = value;
    return;
  }
  const container = read(holder, tokens.slice(0, -1));
  if (Array.isArray(container)) {
    const index = last === "-" ? container.length : indexIn(container, last, container.length);
    if (index === undefined) throw missing(tokens);
    container.splice(index, 0, value);
  } else if (isMembers(container)) {
    setMember(container, last, value);
  } else {
    throw missing(tokens);
  }
}

function replace(holder: { root: unknown }, tokens: readonly string[], value: unknown): void {
  const last = tokens.at(-1);
  if (last === undefined) {
    holder.root = value;
    return;
  }
  const container = read(holder, tokens.slice(0, -1));
  if (Array.isArray(container)) container[Number(last)] = value;
  else if (isMembers(container)) setMember(container, last, value);
}

function remove(holder: { root: unknown }, tokens: readonly string[]): unknown {
  const value = read(holder, tokens);
  const last = tokens.at(-1);
  if (last === undefined) {
    holder.root = null;
    return value;
  }
  const container = read(holder, tokens.slice(0, -1));
  if (Array.isArray(container)) container.splice(Number(last), 1);
  else if (isMembers(container)) delete container[last];
  return value;
}
