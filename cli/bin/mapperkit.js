#!/usr/bin/env node
// Any Node from 18 on can read this file. It finds Node 24 and the program: the sources in a
// checkout, the built JavaScript in an installed package.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "../src/main.ts");
const program = existsSync(source)
  ? ["--conditions=source", source]
  : [join(here, "../dist/main.js")];

function findNode24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const require = createRequire(import.meta.url);
  try {
    return require.resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

const node = findNode24();
if (!node) {
  process.stderr.write(
    `mapperkit needs Node 24, this is Node ${process.versions.node} on ${process.platform}-${process.arch}. ` +
      "On linux-x64 and linux-arm64 npm brings it along; elsewhere install Node 24 and try again.\n",
  );
  process.exit(2);
}

// Young garbage may take three times this. Node's own 16 MB gives an edge no more throughput, only
// 10 MB more memory; below 4 it costs throughput.
const memory = process.argv[2] === "edgecore" ? ["--max-semi-space-size=4"] : [];
const args = [...memory, ...program, ...process.argv.slice(2)];
if (process.execve) {
  process.execve(node, [node, ...args], process.env);
} else {
  const child = spawn(node, args, { stdio: "inherit" });
  // The terminal sends Ctrl-C to both; whoever kills only this process means the child too.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 128 : 1)));
}
