import { MapperkitError } from "@mapperkit/api";
import { exitCodeOf } from "@mapperkit/runtime";
import yargs from "yargs";
import { addCommands } from "./commands/add-commands.ts";
import type { Streams } from "./output/streams.ts";
import { packageVersion } from "./program/version.ts";

/** Runs one command line and returns the exit code (additions.md: 0, 1, 2, 3, 4). */
export async function runCli(args: readonly string[], streams: Streams): Promise<number> {
  try {
    const cli = parser();
    await addCommands(cli, args, streams);
    await cli.parseAsync([...args]);
    return 0;
  } catch (error) {
    streams.err(oneLineOf(error));
    return exitCodeOf(error);
  }
}

function parser() {
  return yargs()
    .scriptName("mapperkit")
    .usage("$0 <command>\n\nConnect devices to Kubernetes.")
    .completion("completion", "Print the shell completion script (bash, zsh)")
    .example("$0 up", "The whole system in one process, with a virtual counter")
    .example("$0 device set counter status=ON", "Turn the counter on without kubectl")
    .example("source <($0 completion)", "Completion in this shell")
    .option("log-level", {
      choices: ["debug", "info", "warn", "error"] as const,
      describe: "How much the log on stderr tells",
      global: true,
    })
    .version(packageVersion())
    .demandCommand(1, "Name a command. `mapperkit --help` lists them.")
    .strict()
    .recommendCommands()
    .wrap(Math.min(100, process.stdout.columns || 100))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new MapperkitError("invalid_input", message);
    });
}

/** An error that we foresaw is its message; one that we did not is shown whole. */
function oneLineOf(error: unknown): string {
  if (error instanceof MapperkitError) return `mapperkit: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
