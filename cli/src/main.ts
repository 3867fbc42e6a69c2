import { enableCompileCache } from "node:module";

// Before everything else: the second start then spends no time on stripping types and compiling.
enableCompileCache();
const { runCli } = await import("./cli.ts");

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});
