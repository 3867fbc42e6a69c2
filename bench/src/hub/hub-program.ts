/** A process under measurement: `hub CONFIG.json` is cloudcore, `bare TLS.json` the same with ws alone. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { cloudCoreConfig, createCloudCore } from "@mapperkit/cloudcore";
import { RealClock, silentLog, systemRandom } from "@mapperkit/runtime";
import { WebSocketServer } from "ws";

const [kind, file = ""] = process.argv.slice(2);
const settings = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
const port = kind === "hub" ? await startHub() : await startBare();

process.on("message", () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed: heapUsed + external, cpuUs: user + system });
});
process.send?.({ port });

async function startHub(): Promise<number> {
  const tools = { clock: new RealClock(), random: systemRandom(), log: silentLog };
  const cloud = createCloudCore(cloudCoreConfig.parse(settings), tools);
  await cloud.start(new AbortController().signal);
  return cloud.hubPort;
}

async function startBare(): Promise<number> {
  const { tls } = settings as { tls?: object };
  const server: Server = tls ? createTlsServer(tls) : createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const kept = new Map<string, unknown>();
  server.on("upgrade", (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const node = String(request.headers.node_id);
      kept.set(node, accepted);
      accepted.on("message", (data) => JSON.parse(String(data)));
      accepted.on("close", () => kept.delete(node));
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
