/**
 * Run as a process of its own: one of the programs that are compared, on free ports. It prints a line
 * of JSON when it is ready.
 */
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { createEdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { Aedes } from "aedes";
import Sqlite from "better-sqlite3";

const [kind = "", dataDir = ""] = process.argv.slice(2);

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

async function startEdge(durability: "full" | "normal"): Promise<number> {
  const config = edgeCoreConfig.parse({
    dataDir,
    durability,
    cloud: { url: "ws://127.0.0.1:1" },
    mqtt: { port: 0 },
  });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const edge = createEdgeCore(config, parts);
  await edge.start(new AbortController().signal);
  return edge.mqttPort;
}

/** The floor: a broker that takes and acknowledges, and looks at nothing. */
async function startRelay(): Promise<number> {
  const broker = await Aedes.createBroker();
  return listen(createServer({ noDelay: true }, (socket) => broker.handle(socket)));
}

/** KubeEdge's way: each message parsed and written in a transaction of its own, then acknowledged. */
async function startPerMessage(synchronous: "FULL" | "NORMAL"): Promise<number> {
  const db = new Sqlite(join(dataDir, "per-message.db"));
  db.pragma("journal_mode = WAL");
  db.pragma(`synchronous = ${synchronous}`);
  db.exec("CREATE TABLE IF NOT EXISTS twin (device TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID");
  const put = db.prepare("INSERT OR REPLACE INTO twin VALUES (?, ?)");
  const broker = await Aedes.createBroker({
    authorizePublish: (_client, packet, done) => {
      const { twin } = JSON.parse(String(packet.payload)) as { twin: object };
      put.run(packet.topic, JSON.stringify(twin));
      done(null);
    },
  });
  return listen(createServer({ noDelay: true }, (socket) => broker.handle(socket)));
}

const starts: Readonly<Record<string, () => Promise<number>>> = {
  relay: startRelay,
  "per-message-full": () => startPerMessage("FULL"),
  "per-message-normal": () => startPerMessage("NORMAL"),
  "edge-full": () => startEdge("full"),
  "edge-normal": () => startEdge("normal"),
};

const start = starts[kind];
if (!start) throw new Error(`no such subject: ${kind}`);
const begin = performance.now();
const port = await start();
const startMs = performance.now() - begin;
process.stdout.write(`${JSON.stringify({ port, startMs })}\n`);
process.on("SIGTERM", () => process.exit(0));
process.on("SIGUSR2", () => {
  const { heapUsed, heapTotal, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ heapUsed, heapTotal, external })}\n`);
});
