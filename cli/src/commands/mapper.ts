import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MapperkitError } from "@mapperkit/api";
import { loadConfig } from "@mapperkit/runtime";
import type { Mapper } from "@mapperkit/sdk";
import type { CommandModule } from "yargs";
import { z } from "zod";
import type { Streams } from "../output/streams.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";
import { RunningMapper } from "../up/mapper-part.ts";

interface RunFlags {
  file: string;
  link: string;
  node?: string | undefined;
  config?: string | undefined;
  set?: string[] | undefined;
  "log-level"?: LogLevel | undefined;
}

export function mapperCommand(streams: Streams): CommandModule {
  return {
    command: "mapper <action>",
    describe: "Run a mapper",
    builder: (yargs) => yargs.command(runCommand(streams)).demandCommand(1, "Name an action: run."),
    handler: () => {},
  };
}

function runCommand({ out }: Streams): CommandModule<unknown, RunFlags> {
  return {
    command: "run <file>",
    describe: "Run the mapper that a file exports as default",
    builder: (yargs) =>
      yargs
        .positional("file", { type: "string", demandOption: true, describe: "A .ts or .js file" })
        .option("link", {
          type: "string",
          default: "mqtt://127.0.0.1:1883",
          describe: "The edge's MQTT broker",
        })
        .option("node", { type: "string", describe: "Only devices of this node" })
        .option("config", { type: "string", describe: "The mapper's configuration file" })
        .option("set", {
          type: "string",
          array: true,
          describe: "One setting, KEY=VALUE; may be repeated",
        })
        .example("$0 mapper run my-mapper.ts", "Against the edge on this machine")
        .example("$0 mapper run my-mapper.ts --set port=9501", "With a setting of its own"),
    handler: async (flags) => {
      const mapper = await loadMapper(flags.file);
      const { log } = surroundings(flags["log-level"] ?? "info");
      const config = loadConfig(z.record(z.string(), z.unknown()), {
        file: flags.config,
        flags: settings(flags.set ?? []),
      });
      const part = new RunningMapper(`mapper ${mapper.name}`, (signal) =>
        mapper.run({
          link: flags.link,
          ...(flags.node ? { node: flags.node } : {}),
          config,
          signal,
          log,
        }),
      );
      await runProgram(part, () => out(`mapper ${mapper.name}: ${flags.link}`));
    },
  };
}

async function loadMapper(file: string): Promise<Mapper> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new MapperkitError("invalid_input", `${file}: no such file`);
  }
  const module = (await import(pathToFileURL(path).href)) as { default?: Mapper };
  if (typeof module.default?.run !== "function") {
    throw new MapperkitError(
      "invalid_input",
      `${file}: expected a mapper as default export, such as \`export default defineMapper({…})\``,
    );
  }
  return module.default;
}

/** `port=9501` becomes the number 9501, `path=/dev/ttyUSB0` stays text. */
function settings(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const cut = pair.indexOf("=");
      if (cut < 1) {
        throw new MapperkitError("invalid_input", `--set ${pair}: expected KEY=VALUE`);
      }
      const value = pair.slice(cut + 1);
      const isNumber = value.trim() !== "" && Number.isFinite(Number(value));
      return [pair.slice(0, cut), isNumber ? Number(value) : value];
    }),
  );
}
