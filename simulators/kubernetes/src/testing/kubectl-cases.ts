import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Kubectl, type Result, splitWords } from "./kubectl.ts";

const said = z.object({
  /** What stands on stdout and stderr, with `<uid>` and its like for what differs from run to run. */
  out: z.string().default(""),
  err: z.string().default(""),
  code: z.number().int().default(0),
});
const kubectlCase = said.extend({
  run: z.string(),
  /** A command that changes the file it is given. */
  editor: z.string().optional(),
  /** Instead of `out` and `err`: a pattern that stdout must have. */
  match: z.string().optional(),
  /**
   * What kubectls of other versions print instead. With `on` only that version may: 1.20 asks for
   * OpenAPI v2, of which there is an empty document here, so it lacks explain, its own validation
   * and dry runs by the server.
   */
  or: z.array(said.extend({ on: z.string().optional() })).default([]),
});
const kubectlSuite = z.object({
  title: z.string(),
  files: z.record(z.string(), z.string()).default({}),
  cases: z.array(kubectlCase),
});

export type KubectlCase = z.infer<typeof kubectlCase>;
export type KubectlSuite = z.infer<typeof kubectlSuite>;

const FOLDER = resolve(import.meta.dirname, "fixtures/kubectl");

/** The commands that are kept as data, with what a real cluster answers. */
export function kubectlSuites(): { readonly file: string; readonly suite: KubectlSuite }[] {
  return readdirSync(FOLDER)
    .sort()
    .map((name) => {
      const file = join(FOLDER, name);
      return { file, suite: kubectlSuite.parse(parse(readFileSync(file, "utf8"))) };
    });
}

export async function runCase(kubectl: Kubectl, { run, editor }: KubectlCase): Promise<Result> {
  const { out, err, code } = await kubectl.run(splitWords(run), editor ? { editor } : {});
  return { out: stable(out), err: stable(err), code };
}

/** What `kubectl` of `version` may print for a case. */
export function expectedOf(each: KubectlCase, version: string): Result[] {
  const others = each.or.filter(({ on }) => on === undefined || on === version);
  return [each, ...others].map(({ out, err, code }) => ({ out, err, code }));
}

/** `1.32`, as kubectl tells it of itself. */
export async function versionOf(kubectl: Kubectl): Promise<string> {
  const { out } = await kubectl.run(["version", "--client", "-o", "json"]);
  return /"gitVersion": "v(\d+\.\d+)/.exec(out)?.[1] ?? "";
}

const CHANGING: readonly [pattern: RegExp, name: string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "<time>"],
  [/(resourceVersion"?: "?|Resource Version: +)\d+/g, "$1<rv>"],
  [/\b(\d+m)?\d+s\b(?=\s)/g, "<age>"],
  [/\b10\.\d+\.\d+\.\d+\b/g, "<ip>"],
  [/(127\.0\.0\.1|localhost|\[::1\]):\d+/g, "<host>"],
  [/\/tmp\/[A-Z]+-\d+\//g, "<folder>/"],
  [/^(---|\+\+\+) (<folder>\S+)\t.*$/gm, "$1 $2"],
  [/ +$/gm, ""],
];

/** The text without what differs from run to run. */
function stable(text: string): string {
  const named = CHANGING.reduce((changed, [pattern, name]) => changed.replace(pattern, name), text);
  // An age is two characters wide, or three: so are the columns beside it.
  return named.replace(/^.*(?:\bAGE\b|<age>|<ip>).*$/gm, (line) => line.replace(/ {2,}/g, "  "));
}
