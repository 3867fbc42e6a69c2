import { enableCompileCache } from "node:module";

// Before everything else: the second start then spends no time on stripping types and compiling.
enableCompileCache();
const { runCli } = await import("./cli.ts");

// `mapperkit … | head` closes the pipe early; that is no reason to stop, or to print a stack.
process.stdout.on("error", ignoreClosedPipe);
process.stderr.on("error", ignoreClosedPipe);

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
