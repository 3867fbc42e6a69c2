import { MapperkitError } from "@mapperkit/api";
import { loadConfig } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";

interface OpcuaFlags {
  config?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  modes?: string | undefined;
  users?: string | undefined;
  anonymous?: string | undefined;
  pki?: string | undefined;
  "log-level"?: LogLevel | undefined;
}

export function opcuaCommand({ out }: Streams): CommandModule<unknown, OpcuaFlags> {
  return {
    command: "opcua",
    describe: "A pump behind an OPC UA server, with security and users where you ask for them",
    builder: (yargs) =>
      yargs
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("host", { type: "string", describe: "Address to listen on [127.0.0.1]" })
        .option("port", { type: "number", describe: "Port to listen on [4840]" })
        .option("modes", {
          type: "string",
          describe: "Security modes, such as None,Sign,SignAndEncrypt [None]",
        })
        .option("users", { type: "string", describe: "NAME:PASSWORD[:read], several by comma" })
        .option("anonymous", {
          choices: ["write", "read", "none"],
          describe: "What clients without a name may do [write]",
        })
        .option("pki", { type: "string", describe: "Keep its certificates in this folder" })
        .example("$0 sim opcua", "opc.tcp://127.0.0.1:4840, for everybody")
        .example("$0 sim opcua --modes SignAndEncrypt --users ann:pump", ""),
    handler: async (flags) => {
      const { createOpcua, opcuaSimConfig } = await import("@mapperkit/sim-opcua");
      const config = loadConfig(opcuaSimConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_OPCUA",
        flags: settingsOf(flags),
      });
      const opcua = createOpcua(config, surroundings(flags["log-level"] ?? "info"));
      const modes = config.security.modes.join(", ");
      await runProgram(opcua, () => out(`opcua: ${opcua.url} (a pump; security: ${modes})`));
    },
  };
}

function settingsOf({ host, port, modes, users, anonymous, pki }: OpcuaFlags) {
  const security = {
    ...(modes !== undefined && { modes: modes.split(",").map((mode) => mode.trim()) }),
    ...(users !== undefined && { users: users.split(",").map(userOf) }),
    ...(anonymous !== undefined && { anonymous }),
    ...(pki !== undefined && { pkiFolder: pki }),
  };
  return { host, port, ...(Object.keys(security).length > 0 && { security }) };
}

function userOf(text: string): { name: string; password: string; rights: string } {
  const [name = "", password, rights = "write"] = text.trim().split(":");
  if (name !== "" && password !== undefined) return { name, password, rights };
  throw new MapperkitError(
    "invalid_input",
    "--users: expected NAME:PASSWORD or NAME:PASSWORD:read",
  );
}
