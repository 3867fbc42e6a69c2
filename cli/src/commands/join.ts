import { resolve } from "node:path";
import type { CommandModule } from "yargs";
import { cloudAddress } from "../join/cloud-address.ts";
import { credentialFiles, writeEdgeConfig } from "../join/edge-files.ts";
import { hasSystemd, installService } from "../join/systemd-service.ts";
import type { Streams } from "../output/streams.ts";
import { dataFolder, makeDataFolder } from "../program/data-folder.ts";

interface JoinFlags {
  cloud: string;
  token: string;
  node?: string | undefined;
  data?: string | undefined;
  "certificate-port"?: number | undefined;
  service: boolean;
}

export function joinCommand({ out }: Streams): CommandModule<unknown, JoinFlags> {
  return {
    command: "join",
    describe: "Make this machine an edge node of a cloud, or renew its certificate",
    builder: (yargs) =>
      yargs
        .option("cloud", {
          type: "string",
          demandOption: true,
          describe: "cloudcore's address: HOST or HOST:PORT [port 10000]",
        })
        .option("token", {
          type: "string",
          demandOption: true,
          describe: "As `mapperkit token create` printed it",
        })
        .option("node", { type: "string", describe: "Name of this node [the token's]" })
        .option("data", { type: "string", describe: "Folder of the state [.mapperkit]" })
        .option("certificate-port", { type: "number", describe: "Port for certificates [10002]" })
        .option("service", {
          type: "boolean",
          default: true,
          describe: "Install edgecore as a service where there is systemd",
        })
        .example("$0 join --cloud 10.0.0.5 --token T", "On the edge"),
    handler: async (flags) => {
      const { joinNode } = await import("@mapperkit/edgecore");
      const { hubUrl, certificateUrl } = cloudAddress(flags.cloud, flags["certificate-port"]);
      const data = dataFolder(flags.data);
      makeDataFolder(data);
      const { token, node: name } = flags;
      const wish = { certificateUrl, token, node: name, files: credentialFiles(data) };
      const { node } = await joinNode(wish, new AbortController().signal);
      const config = await writeEdgeConfig(data, { node, hubUrl, certificateUrl });
      out(`node ${node} has joined ${flags.cloud}; configuration in ${config}`);
      const edgecore = ["edgecore", "--config", config, "--data", data];
      if (flags.service && hasSystemd()) {
        const program = resolve(process.argv[1] ?? "mapperkit");
        const unit = await installService([process.execPath, program, ...edgecore]);
        out(`edgecore runs as the service ${unit}: journalctl -u ${unit}`);
      } else {
        out(`start it with: mapperkit ${edgecore.join(" ")}`);
      }
    },
  };
}
