#!/usr/bin/env node
// Any Node from 20 on can read this file. In a checkout under Node 24 it runs the sources, else the
// built JavaScript.
import { existsSync } from "node:fs";

const source = new URL("../src/index.ts", import.meta.url);
const runsSources = Number(process.versions.node.split(".")[0]) >= 24 && existsSync(source);
const program = runsSources ? source : new URL("../dist/index.js", import.meta.url);

if (!existsSync(program)) {
  process.stderr.write("create-mapperkit is not built: run npm run build, or use Node 24\n");
  process.exit(2);
}
const { createMapper } = await import(program.href);
process.exitCode = await createMapper(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  error: process.stderr,
  folder: process.cwd(),
});
