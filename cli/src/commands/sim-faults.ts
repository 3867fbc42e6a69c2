import type { CommandModule } from "yargs";
import { printTable } from "../output/print-table.ts";
import type { Streams } from "../output/streams.ts";

interface ControlFlags {
  control?: string | undefined;
}

interface InjectFlags extends ControlFlags {
  device: string;
  kind: string;
  at?: string | undefined;
  for?: string | undefined;
  p?: number | undefined;
  property?: string | undefined;
  by?: number | undefined;
  code?: number | undefined;
  ms?: number | undefined;
  jitter?: number | undefined;
  bytes?: number | undefined;
  quality?: string | undefined;
}

const control = {
  type: "string",
  describe: "Where the simulation's desk is [http://127.0.0.1:9700]",
} as const;

export function injectCommand({ out }: Streams): CommandModule<unknown, InjectFlags> {
  return {
    command: "inject <device> <kind>",
    describe: "Make a simulated device of a running simulation suffer",
    builder: (yargs) =>
      yargs
        .positional("device", {
          type: "string",
          demandOption: true,
          describe: "NAME or NAMESPACE/NAME",
        })
        .positional("kind", {
          type: "string",
          demandOption: true,
          describe:
            "silent, drop, latency, split, truncate, garbage, badCrc, wrongUnit, wrongTransaction, busy, exception, stuck, drift, spike, quality, restart, refused, halfOpen, …",
        })
        .option("at", { type: "string", describe: "Begins so much later, such as 5s" })
        .option("for", { type: "string", describe: "Ends after so long; else never" })
        .option("p", {
          type: "number",
          describe: "Part of the requests that it strikes, 0 to 1 [1]",
        })
        .option("property", { type: "string", describe: "Of stuck, drift, spike and quality" })
        .option("by", { type: "number", describe: "Of drift (each second) and spike" })
        .option("code", { type: "number", describe: "Of exception: 1 to 11" })
        .option("ms", { type: "number", describe: "Of latency" })
        .option("jitter", { type: "number", describe: "Of latency: standard deviation, ms" })
        .option("bytes", { type: "number", describe: "Of split and garbage" })
        .option("quality", { choices: ["Uncertain", "Bad"], describe: "Of quality" })
        .option("control", control)
        .example("$0 sim inject oven silent --for 5s", "No answers for five seconds")
        .example("$0 sim inject meter-3 exception --code 11", "As a gateway says it"),
    handler: async (flags) => {
      const { ControlClient } = await import("../sim/control-client.ts");
      const { at, p, property, by, code, ms, jitter, bytes, quality, kind } = flags;
      const fault = { kind, at, for: flags.for, p, property, by, code, ms, jitter, bytes, quality };
      const made = await new ControlClient(flags.control).inject(flags.device, fault);
      const where = flags.control === undefined ? "" : ` --control ${flags.control}`;
      const undo = `mapperkit sim undo ${made.id}${where}`;
      out(`fault ${made.id}: ${made.device} ${made.kind}; end it with: ${undo}`);
    },
  };
}

export function faultsCommand({ out }: Streams): CommandModule<unknown, ControlFlags> {
  return {
    command: "faults",
    describe: "List what the devices of a running simulation suffer",
    builder: (yargs) => yargs.option("control", control),
    handler: async (flags) => {
      const { ControlClient } = await import("../sim/control-client.ts");
      const faults = await new ControlClient(flags.control).faults();
      const rows = faults.map(({ id, device, kind, isThere, ...rest }) => [
        ...[`${id}`, device, kind, isThere ? "now" : "to come"],
        Object.entries(rest)
          .map(([key, value]) => `${key}=${String(value)}`)
          .join(" "),
      ]);
      out(
        rows.length === 0 ? "no faults" : printTable(["ID", "DEVICE", "KIND", "WHEN", "HOW"], rows),
      );
    },
  };
}

export function undoCommand({
  out,
}: Streams): CommandModule<unknown, ControlFlags & { id: number }> {
  return {
    command: "undo <id>",
    describe: "End a fault",
    builder: (yargs) =>
      yargs
        .positional("id", {
          type: "number",
          demandOption: true,
          describe: "As `sim faults` lists it",
        })
        .option("control", control),
    handler: async ({ id, ...flags }) => {
      const { ControlClient } = await import("../sim/control-client.ts");
      await new ControlClient(flags.control).undo(id);
      out(`fault ${id} is over`);
    },
  };
}
