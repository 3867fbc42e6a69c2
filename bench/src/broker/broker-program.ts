/** Run as a process of its own: the edge's broker or aedes alone, on a free port that it prints. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { createEdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { Aedes } from "aedes";

const [kind = "", dataDir = ""] = process.argv.slice(2);

async function startEdge(): Promise<number> {
  const config = edgeCoreConfig.parse({
    dataDir,
    cloud: { url: "ws://127.0.0.1:1" },
    mqtt: { port: 0 },
  });
  const edge = createEdgeCore(config, {
    clock: new RealClock(),
    random: createRandom(1),
    log: silentLog,
  });
  await edge.start(new AbortController().signal);
  return edge.mqttPort;
}

async function startAedes(): Promise<number> {
  const broker = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, (socket) => broker.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

process.on("SIGTERM", () => process.exit(0));
process.stdout.write(`${kind === "edge" ? await startEdge() : await startAedes()}\n`);
