import { MapperkitError } from "@mapperkit/api";
import { loadConfig } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";

interface SerialFlags {
  config?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  pty?: string | undefined;
  baud?: number | undefined;
  parity?: string | undefined;
  "log-level"?: LogLevel | undefined;
}

export function serialCommand({ out }: Streams): CommandModule<unknown, SerialFlags> {
  return {
    command: "serial",
    describe: "A laboratory supply that speaks SCPI, on a serial port that is made or behind TCP",
    builder: (yargs) =>
      yargs
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("host", { type: "string", describe: "Address to listen on [127.0.0.1]" })
        .option("port", { type: "number", describe: "Port to listen on [5025]" })
        .option("pty", { type: "string", describe: "Make a serial port here in place of TCP" })
        .option("baud", { type: "number", describe: "Speed of the serial port [9600]" })
        .option("parity", {
          choices: ["none", "even", "odd"],
          describe: "Parity of the serial port [none]",
        })
        .example("$0 sim serial", "then: echo '*IDN?' | nc -N 127.0.0.1 5025")
        .example("$0 sim serial --pty /tmp/mapperkit-supply", "As examples/lab-supply names it"),
    handler: async (flags) => {
      const { createSupply, supplyConfig } = await import("@mapperkit/sim-serial");
      const config = loadConfig(supplyConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_SERIAL",
        flags: settingsOf(flags),
      });
      const supply = createSupply(config, surroundings(flags["log-level"] ?? "info"));
      await runProgram(supply, () => out(`serial: ${supply.address} (a laboratory supply)`));
    },
  };
}

function settingsOf({ host, port, pty, baud, parity }: SerialFlags) {
  if (pty === undefined && (baud ?? parity) !== undefined) {
    throw new MapperkitError("invalid_input", "--baud and --parity need --pty PATH");
  }
  return {
    ...{ host, port },
    pty: pty === undefined ? undefined : { path: pty, baudRate: baud, parity },
  };
}
