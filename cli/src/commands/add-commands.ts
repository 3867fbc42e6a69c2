import type { Argv } from "yargs";
import type { Streams } from "../output/streams.ts";

type AddCommand = (parser: Argv, streams: Streams) => Promise<unknown>;

/** Every command by its name, in the order of the help. */
const COMMANDS: Readonly<Record<string, AddCommand>> = {
  up: async (parser, streams) => parser.command((await import("./up.ts")).upCommand(streams)),
  device: async (parser, streams) =>
    parser.command((await import("./device.ts")).deviceCommand(streams)),
  why: async (parser, streams) => parser.command((await import("./why.ts")).whyCommand(streams)),
  kube: async (parser, streams) => parser.command((await import("./kube.ts")).kubeCommand(streams)),
  cloudcore: async (parser, streams) =>
    parser.command((await import("./cloudcore.ts")).cloudcoreCommand(streams)),
  edgecore: async (parser, streams) =>
    parser.command((await import("./edgecore.ts")).edgecoreCommand(streams)),
  token: async (parser, streams) =>
    parser.command((await import("./token.ts")).tokenCommand(streams)),
  join: async (parser, streams) => parser.command((await import("./join.ts")).joinCommand(streams)),
  edge: async (parser, streams) => parser.command((await import("./edge.ts")).edgeCommand(streams)),
  mapper: async (parser, streams) =>
    parser.command((await import("./mapper.ts")).mapperCommand(streams)),
  sim: async (parser, streams) => parser.command((await import("./sim.ts")).simCommand(streams)),
};

/**
 * Adds the command that a command line begins with, or all when it begins with none of them: an edge
 * on a small machine does not pay for what the other commands import.
 */
export async function addCommands(
  parser: Argv,
  [name = ""]: readonly string[],
  streams: Streams,
): Promise<void> {
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  for (const add of named ? [named] : Object.values(COMMANDS)) await add(parser, streams);
}
