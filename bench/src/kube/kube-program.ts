/** Run as a process of its own: the stand-in with Devices, in a folder or in memory (`-`). */
import { startKubernetes } from "@mapperkit/sim-kubernetes";
import { deviceDefinition } from "./device.ts";

const folder = process.argv.at(-1) ?? "-";
/** The folder has them already. */
const isKnown = process.argv.includes("known");
const { kubeconfigFile } = await startKubernetes({
  ...(folder === "-" ? { memory: true } : { dir: folder }),
  crds: isKnown ? [] : [deviceDefinition()],
});
process.stdout.write(`ready ${kubeconfigFile}\n`);
process.on("SIGTERM", () => process.exit(0));
