import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { opcuaMapper } from "@mapperkit/mapper-opcua";
import { RealClock, silentLog, systemRandom, tcpTransports } from "@mapperkit/runtime";
import type { BatchMapper, ReadOp } from "@mapperkit/sdk";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { AttributeIds, OPCUAClient } from "node-opcua-client";
import { pinThisProcess, type Speed, startServer } from "../modbus/libmodbus.ts";
import { percentile } from "../report/percentile.ts";
import { writeReport } from "../report/write-report.ts";

const ROUNDS = 5;
const REQUESTS = 600;
const BATCHES = 30;
const POINTS = 1000;
const IN_FLIGHT = 16;

/** Reads so many points in one request. */
type Ask = (points: number) => Promise<unknown>;
type Client = { readonly ask: Ask; readonly end: () => Promise<void> };

interface Load {
  readonly what: string;
  readonly count: number;
  readonly points: number;
  readonly inFlight: number;
}

const LOADS: readonly Load[] = [
  { what: "one point, one after the other", count: REQUESTS, points: 1, inFlight: 1 },
  { what: "one point, 16 in flight", count: REQUESTS, points: 1, inFlight: IN_FLIGHT },
  { what: "1000 points in one request", count: BATCHES, points: POINTS, inFlight: 1 },
];

/** Our client beside node-opcua's with its defaults, on node-opcua's own server, in turn (goal 17). */
export async function benchOpcua(): Promise<void> {
  pinThisProcess();
  const folder = mkdtempSync(join(tmpdir(), "bench-opcua-"));
  const script = resolve(import.meta.dirname, "server.ts");
  const run = ["-C", "source", script, join(folder, "server")];
  const server = await startServer(process.execPath, run);
  const url = `opc.tcp://127.0.0.1:${server.port}`;
  const clients = {
    ours: await connectOurs(url, join(folder, "ours")),
    theirs: await connectTheirs(url, join(folder, "theirs")),
  };
  try {
    const rows = [];
    for (const load of LOADS) {
      const rounds = { ours: [] as Speed[], theirs: [] as Speed[] };
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds.theirs.push(await speedOf(clients.theirs.ask, load));
        rounds.ours.push(await speedOf(clients.ours.ask, load));
      }
      const [ours, theirs] = [medianOf(rounds.ours), medianOf(rounds.theirs)];
      rows.push({
        what: load.what,
        "ours, requests/s": ours.perSecond.toFixed(0),
        "node-opcua's defaults": theirs.perSecond.toFixed(0),
        ratio: (ours.perSecond / theirs.perSecond).toFixed(2),
        "our client CPU µs": ours.cpuUs.toFixed(0),
        "CPU ratio": (theirs.cpuUs / ours.cpuUs).toFixed(2),
      });
    }
    writeReport("opcua", rows);
  } finally {
    for (const client of Object.values(clients)) await client.end();
    await server.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function speedOf(ask: Ask, { count, points, inFlight }: Load): Promise<Speed> {
  let left = count;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const work = async () => {
    while (left-- > 0) await ask(points);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  const perSecond = (count * 1000) / (performance.now() - begin);
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond, cpuUs: (user + system) / count };
}

function medianOf(rounds: readonly Speed[]): Speed {
  const median = (key: keyof Speed) =>
    percentile(
      rounds.map((speed) => speed[key]),
      50,
    );
  return { perSecond: median("perSecond"), cpuUs: median("cpuUs") };
}

/** Through the mapper's own driver, without the SDK's schedule. */
async function connectOurs(url: string, pkiFolder: string): Promise<Client> {
  const driver = opcuaMapper.definition as BatchMapper<unknown, unknown, unknown>;
  const clock = new RealClock();
  const { signal } = new AbortController();
  const session = await driver.connect({
    config: driver.config?.parse({ url, pkiFolder, timeoutMs: 60_000 }),
    device: { name: "bench", namespace: "default", node: "bench" },
    ...{ clock, signal, random: systemRandom(), log: silentLog, lost: () => undefined },
    transports: tcpTransports(clock),
  });
  const ops = Array.from({ length: POINTS }, (_, number): ReadOp<unknown> => {
    const visitor = driver.visitor?.parse({ nodeId: `ns=1;s=v${number}` });
    return { property: `v${number}`, type: "DOUBLE", visitor, signal };
  });
  return {
    ask: (points) => driver.readMany(session, ops.slice(0, points)),
    end: async () => await driver.close?.(session),
  };
}

async function connectTheirs(url: string, rootFolder: string): Promise<Client> {
  const store = new OPCUACertificateManager({ rootFolder, disableFileWatchers: true });
  const client = OPCUAClient.create({ endpointMustExist: false, clientCertificateManager: store });
  await client.connect(url);
  const session = await client.createSession();
  const nodes = Array.from({ length: POINTS }, (_, number) => ({
    nodeId: `ns=1;s=v${number}`,
    attributeId: AttributeIds.Value,
  }));
  return {
    ask: (points) => session.read(nodes.slice(0, points)),
    async end() {
      await session.close();
      await client.disconnect();
    },
  };
}
