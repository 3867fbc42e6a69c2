import { MapperkitError } from "@mapperkit/api";
import { ComponentGroup, loadConfig } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";

interface ModbusFlags {
  config?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  units?: string | undefined;
  framing?: string | undefined;
  rtu?: string | undefined;
  baud?: number | undefined;
  parity?: string | undefined;
  "control-port"?: number | undefined;
  "log-level"?: LogLevel | undefined;
}

export function modbusCommand({ out }: Streams): CommandModule<unknown, ModbusFlags> {
  return {
    command: "modbus",
    describe: "Devices on a Modbus bus: an oven (unit 1) and an energy meter (unit 2)",
    builder: (yargs) =>
      yargs
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("host", { type: "string", describe: "Address to listen on [127.0.0.1]" })
        .option("port", { type: "number", describe: "Port to listen on [1502]" })
        .option("units", {
          type: "string",
          describe: "Devices from unit 1 on, or UNIT:DEVICE: oven,meter or 1:oven,7:meter",
        })
        .option("framing", {
          choices: ["tcp", "rtu"],
          describe: "What goes over TCP: Modbus TCP or RTU frames [tcp]",
        })
        .option("rtu", { type: "string", describe: "A serial port or pty in place of TCP" })
        .option("baud", { type: "number", describe: "Speed of the serial port [9600]" })
        .option("parity", {
          choices: ["none", "even", "odd"],
          describe: "Parity of the serial port [none]",
        })
        .option("control-port", {
          type: "number",
          describe: "Loopback port for `sim inject`; 0 takes any [9700, or the next free one]",
        })
        .example("$0 sim modbus", "then: mbpoll -0 -1 -p 1502 -a 1 -t 3 -c 2 127.0.0.1")
        .example(
          "$0 sim modbus --units meter,meter,meter --rtu /tmp/bus",
          "Three meters on a line",
        ),
    handler: async (flags) => {
      const { createModbus, modbusConfig } = await import("@mapperkit/sim-modbus");
      const { ControlServer, FaultDesk } = await import("@mapperkit/sim-plant");
      const { CONTROL_PORT } = await import("../sim/control-client.ts");
      const config = loadConfig(modbusConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_MODBUS",
        flags: settingsOf(flags),
      });
      const modbus = createModbus(config, surroundings(flags["log-level"] ?? "info"));
      const control = new ControlServer(new FaultDesk(modbus.plants), {
        port: flags["control-port"] ?? CONTROL_PORT,
        whenPortTaken: flags["control-port"] === undefined ? "next" : "fail",
      });
      const units = config.units.map(({ unit, device }) => `${unit} ${device}`).join(", ");
      const scheme = config.framing === "rtu" ? "rtu+tcp" : "modbus+tcp";
      const place = () => config.rtu?.path ?? `${scheme}://${config.host}:${modbus.port}`;
      const parts = new ComponentGroup("modbus", [modbus, control]);
      await runProgram(parts, () => {
        out(`modbus: ${place()} (units: ${units})`);
        const names = [...modbus.plants.keys()].map((id) => id.replace("default/", "")).join(", ");
        out(`faults: mapperkit sim inject DEVICE KIND (${control.url}); devices: ${names}`);
      });
    },
  };
}

function settingsOf({ host, port, framing, units, rtu, baud, parity }: ModbusFlags) {
  if (rtu === undefined && (baud ?? parity) !== undefined) {
    throw new MapperkitError("invalid_input", "--baud and --parity need --rtu PATH");
  }
  return {
    ...{ host, port, framing },
    units: units === undefined ? undefined : unitsOf(units),
    rtu: rtu === undefined ? undefined : { path: rtu, baudRate: baud, parity },
  };
}

/** `oven,meter` counts from unit 1; `7:meter` says which. */
function unitsOf(text: string): { unit: number; device: string }[] {
  return text.split(",").map((part, index) => {
    const [, unit, device = ""] = /^(?:(\d+):)?(\w+)$/.exec(part.trim()) ?? [];
    if (device !== "") return { unit: unit === undefined ? index + 1 : Number(unit), device };
    throw new MapperkitError(
      "invalid_input",
      `--units ${text}: expected DEVICE or UNIT:DEVICE, such as 1:oven,7:meter`,
    );
  });
}
