import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "../../..");
const command = join(root, "sdk/create-mapperkit/bin/create-mapperkit.js");
const mapperkit = join(root, "cli/bin/mapperkit.js");
/** The port that the tutorial names; here other tests may have it. */
const PORT = /\b9750\b/g;

/** One block of the tutorial, in the order of the text. */
interface Step {
  readonly kind: "file" | "run" | "fails" | "start";
  readonly path: string;
  readonly text: string;
  output?: string;
}

/** Files are blocks with a path behind the language; commands are `sh`, their output `text output`. */
function readSteps(markdown: string): Step[] {
  const steps: Step[] = [];
  for (const [, language, word = "", text = ""] of markdown.matchAll(
    /^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm,
  )) {
    if (language === "text" && word === "output") {
      const last = steps.at(-1);
      assert.ok(last, "output without a command");
      last.output = text.trim();
    } else if (language === "sh") {
      const kind = word === "fails" || word === "start" ? word : "run";
      steps.push({ kind, path: "", text });
    } else {
      steps.push({ kind: "file", path: word, text });
    }
  }
  return steps;
}

/** What a reader gets from the registry comes from this checkout; all else runs as it is written. */
function hereOf(line: string): string {
  if (line.startsWith("npm create mapperkit@latest ")) {
    return line.replace("npm create mapperkit@latest", `node ${command}`).replace(" -- ", " ");
  }
  if (line === "npm install") return `ln -s ${join(root, "node_modules")} node_modules`;
  if (line.startsWith("npx mapperkit ")) return line.replace("npx mapperkit", `node ${mapperkit}`);
  return line === "npm run check" ? "npx tsc --noEmit --customConditions source" : line;
}

/** Whether `printed` holds `expected`, where … stands for any text within a line. */
function fits(printed: string, expected: string): boolean {
  const pattern = expected
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\n\s*/g, "\\s+"))
    .join(".*");
  return new RegExp(pattern).test(printed);
}

const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
const env = {
  ...outer,
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  NODE_OPTIONS: "--conditions=source",
};

test("a newcomer who follows docs/tutorial-mapper.md gets what it promises", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tutorial-"));
  const project = join(folder, "psu");
  const port = await freePort();
  try {
    for (const step of readSteps(readFileSync(join(root, "docs/tutorial-mapper.md"), "utf8"))) {
      if (step.kind === "file") {
        writeFileSync(join(project, step.path), step.text.replace(PORT, port));
      }
      if (step.kind === "start") await startsUntil(step, project);
      if (step.kind === "run" || step.kind === "fails") {
        runs(step, step.text.includes("npm create") ? folder : project);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function runs({ kind, text, output = "" }: Step, cwd: string): void {
  const script = text.trim().split("\n").map(hereOf).join("\n");
  let printed = "";
  let hasFailed = false;
  try {
    printed = execFileSync("bash", ["-euc", script], { cwd, env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    printed = stdout + stderr;
    hasFailed = true;
  }
  assert.equal(hasFailed, kind === "fails", `${script}\n${printed}`);
  assert.ok(fits(printed, output), `${script} printed\n${printed}\nnot\n${output}`);
}

async function startsUntil({ text, output = "" }: Step, cwd: string): Promise<void> {
  const child = spawn("bash", ["-euc", `exec ${text.trim()}`], { cwd, env, detached: true });
  const exited = once(child, "exit");
  let printed = "";
  const shown = new Promise<void>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes) => {
        printed += bytes;
        if (fits(printed, output)) done();
      });
    }
  });
  const ended = exited.then(() => assert.fail(`${text} ended:\n${printed}`));
  await Promise.race([shown, ended]);
  // npm passes signals on to what it runs only when it is asked as a group.
  process.kill(-(child.pid ?? 0), "SIGINT");
  await exited;
}

/** A port that nobody has now. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return String(typeof address === "object" ? address?.port : address);
}
