import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const bin = resolve(import.meta.dirname, "../../../cli/bin/mapperkit.js");

/** `mapperkit …` as a user starts it, on free ports. Resolves when it printed `ready`. */
export function startProcess(args: readonly string[], ready: RegExp): Promise<ChildProcess> {
  return startNode([bin, ...args], ready);
}

/** Node with these arguments. Resolves when it printed `ready`. */
export async function startNode(args: readonly string[], ready: RegExp): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  await new Promise<void>((done, fail) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (ready.test(output)) done();
    });
    child.once("exit", () => fail(new Error(`node ${args.join(" ")} ended: ${output}`)));
  });
  return child;
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

export const FREE_PORTS = [
  "kubernetes",
  "hub",
  "webhook",
  "mqtt",
  "monitoring",
  "counter",
  "sensor",
].flatMap((part) => [`--${part}-port`, "0"]);
