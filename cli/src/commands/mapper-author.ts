import type { Argv, CommandModule } from "yargs";
import type { DiscoverFlags } from "../mapper/discover-devices.ts";
import type { NewFlags } from "../mapper/new-mapper.ts";
import type { ProofFlags, TestFlags } from "../mapper/proof/proof-flags.ts";
import type { Streams } from "../output/streams.ts";

/** `mapperkit mapper new | test | conform | discover`: what an author of mappers needs. */
export function newCommand(streams: Streams): CommandModule<unknown, NewFlags> {
  return {
    command: "new [folder]",
    describe: "Make a project for a mapper, with a simulator of its device and tests",
    builder: (yargs) =>
      yargs
        .positional("folder", { type: "string", describe: "Where to put it [the name]" })
        .option("name", { type: "string", describe: "Of the mapper: a-z, 0-9 and dashes" })
        .option("protocol", {
          type: "string",
          describe: "The word by which devices name it; `modbus` for a device of that [the name]",
        })
        .option("device", { type: "string", describe: "The example device [the name and -1]" })
        .option("yes", { type: "boolean", describe: "Take the defaults and ask nothing" })
        .example("$0 mapper new", "Asks what it needs to know")
        .example("$0 mapper new --name psu --yes", "A mapper for a protocol of your own")
        .example("$0 mapper new --name oven --protocol modbus --yes", "A device, ten lines")
        .epilogue("The same as `npm create mapperkit@latest`."),
    handler: async (flags) => {
      const { newMapper } = await import("../mapper/new-mapper.ts");
      await newMapper(flags, streams);
    },
  };
}

export function testCommand(streams: Streams): CommandModule<unknown, TestFlags> {
  return {
    command: "test <mapper>",
    describe: "Try a mapper against the laws and checks of all mappers",
    builder: (yargs) =>
      proofOptions(yargs)
        .option("cases", {
          type: "number",
          default: 1000,
          describe: "How many cases the laws share",
        })
        .example("$0 mapper test src/oven.mapper.ts", "With src/oven.sim.ts, in virtual time")
        .example("$0 mapper test src/oven.mapper.ts --cases 10000 --seed 7", "")
        .example("$0 mapper test src/oven.mapper.ts --seed 7 --at write-then-read/12", "One case")
        .epilogue(
          "Exit code 1 when a law is broken or a check failed; a line tells how to repeat it.",
        ),
    handler: async (flags) => {
      const { testMapper } = await import("../mapper/proof/prove-mapper.ts");
      await testMapper(flags, streams);
    },
  };
}

export function conformCommand(streams: Streams): CommandModule<unknown, ProofFlags> {
  return {
    command: "conform <mapper>",
    describe: "Do the checks of all mappers, in a simulator or on the device itself",
    builder: (yargs) =>
      proofOptions(yargs)
        .example("$0 mapper conform src/oven.mapper.ts -o json", "The report for a program")
        .example(
          "$0 mapper conform src/oven.mapper.ts --target hw -f devices/oven-1.yaml",
          "On the device; nothing is written to it",
        )
        .epilogue("On hardware only what --allow-write names is written, and put back at the end."),
    handler: async (flags) => {
      const { conformMapper } = await import("../mapper/proof/prove-mapper.ts");
      await conformMapper(flags, streams);
    },
  };
}

function proofOptions<T>(yargs: Argv<T>) {
  const text = { type: "string" } as const;
  // One word each: `-f a.yaml src/oven.mapper.ts` must not take the mapper for a manifest.
  const list = { type: "string", array: true, nargs: 1 } as const;
  return yargs
    .positional("mapper", { ...text, demandOption: true, describe: "A .ts or .js file" })
    .option("sim", { ...text, describe: "File of the simulator [NAME.sim.ts by NAME.mapper.ts]" })
    .option("file", { ...list, alias: "f", describe: "Manifests of the device and its model" })
    .option("device", { ...text, describe: "Which Device of the manifests [the only one]" })
    .option("set", { ...list, describe: "One setting of the mapper, KEY=VALUE; may be repeated" })
    .option("target", {
      choices: ["sim", "hw"] as const,
      default: "sim" as const,
      describe: "The simulator, or the device that the manifest names",
    })
    .option("allow-write", { ...list, describe: "What may be written on hardware: PROPERTY,…" })
    .option("seed", { type: "number", default: 1, describe: "Equal seeds give equal runs" })
    .option("at", { ...text, describe: "Only this case of a law, or this check" })
    .option("only", { ...list, describe: "Only these laws, checks or groups of checks" })
    .option("output", {
      alias: "o",
      choices: ["table", "json"] as const,
      default: "table" as const,
    });
}

export function discoverCommand(streams: Streams): CommandModule<unknown, DiscoverFlags> {
  return {
    command: "discover <mapper>",
    describe: "Look for devices that a mapper can work",
    builder: (yargs) =>
      yargs
        .positional("mapper", { type: "string", demandOption: true, describe: "A .ts or .js file" })
        .option("set", {
          type: "string",
          array: true,
          describe: "Where to look, as far as it is known: KEY=VALUE of a device's configData",
        })
        .option("timeout", { type: "number", default: 60, describe: "Seconds to look for" })
        .option("output", {
          alias: "o",
          choices: ["table", "json", "yaml"] as const,
          default: "table" as const,
          describe: "yaml: manifests of Devices, for kubectl apply",
        })
        .example("$0 mapper discover src/oven.mapper.ts --set host=192.168.1.0/24", "")
        .example("$0 mapper discover src/oven.mapper.ts -o yaml > devices.yaml", "")
        .epilogue("Exit code 2 when the mapper cannot look for devices."),
    handler: async (flags) => {
      const { discoverDevices } = await import("../mapper/discover-devices.ts");
      await discoverDevices(flags, streams);
    },
  };
}
