import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import type { WhyFlags } from "../why/why-device.ts";

/** `mapperkit why`: where on their road a device's values stand. */
export function whyCommand(streams: Streams): CommandModule<unknown, WhyFlags> {
  return {
    command: "why <device>",
    describe: "Where on their road a device's values stand, since when, and what to do",
    builder: (yargs) =>
      yargs
        .positional("device", {
          type: "string",
          demandOption: true,
          describe: "NAME or NAMESPACE/NAME",
        })
        .option("namespace", { alias: "n", type: "string", describe: "[that of the kubeconfig]" })
        .option("kubeconfig", {
          type: "string",
          describe: "[KUBECONFIG, else .mapperkit/kubeconfig, else ~/.kube/config]",
        })
        .option("cloudcore", {
          type: "string",
          default: "http://127.0.0.1:9091",
          describe: "Where cloudcore serves /metrics, if that is at hand",
        })
        .option("edge", {
          type: "string",
          default: "http://127.0.0.1:10351",
          describe: "Where the device's edge serves /metrics, if that is at hand",
        })
        .option("data", {
          type: "string",
          describe: "Folder of the edge's state, if that is at hand [MAPPERKIT_DATA, .mapperkit]",
        })
        .option("output", {
          alias: "o",
          choices: ["table", "json", "yaml"] as const,
          default: "table" as WhyFlags["output"],
        })
        .example("$0 why counter", "From anywhere with a kubeconfig")
        .example("$0 why counter --data /var/lib/mapperkit", "On the edge: its store too")
        .epilogue("Exit code 1 when it stands somewhere, 0 when nothing seen is in the way."),
    handler: async (flags) => {
      const { whyDevice } = await import("../why/why-device.ts");
      await whyDevice(flags, streams);
    },
  };
}
