import { MapperkitError } from "@mapperkit/api";
import { exitCodeOf } from "@mapperkit/runtime";
import yargs from "yargs";
import { cloudcoreCommand } from "./commands/cloudcore.ts";
import { deviceCommand } from "./commands/device.ts";
import { edgeCommand } from "./commands/edge.ts";
import { edgecoreCommand } from "./commands/edgecore.ts";
import { joinCommand } from "./commands/join.ts";
import { kubeCommand } from "./commands/kube.ts";
import { mapperCommand } from "./commands/mapper.ts";
import { simCommand } from "./commands/sim.ts";
import { tokenCommand } from "./commands/token.ts";
import { upCommand } from "./commands/up.ts";
import type { Streams } from "./output/streams.ts";
import { packageVersion } from "./program/version.ts";

/** Runs one command line and returns the exit code (additions.md: 0, 1, 2, 3, 4). */
export async function runCli(args: readonly string[], streams: Streams): Promise<number> {
  try {
    await parser(streams).parseAsync([...args]);
    return 0;
  } catch (error) {
    streams.err(oneLineOf(error));
    return exitCodeOf(error);
  }
}

function parser(streams: Streams) {
  return yargs()
    .scriptName("mapperkit")
    .usage("$0 <command>\n\nConnect devices to Kubernetes.")
    .command(upCommand(streams))
    .command(deviceCommand(streams))
    .command(kubeCommand(streams))
    .command(cloudcoreCommand(streams))
    .command(edgecoreCommand(streams))
    .command(tokenCommand(streams))
    .command(joinCommand(streams))
    .command(edgeCommand(streams))
    .command(mapperCommand(streams))
    .command(simCommand(streams))
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
