import { setImmediate as turn } from "node:timers/promises";
import { createEdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { LocalTwinLink } from "@mapperkit/edgecore/storage";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { MqttTwinLink, type TwinLink, type TwinListener } from "@mapperkit/sdk";
import { percentile } from "../report/percentile.ts";
import type { Row } from "../report/write-report.ts";
import { fillEdge } from "./edge-folder.ts";

const ROUNDS = 7;
const COUNT = 20_000;
const BATCH = 50;
const DEVICES = 50;

const listener: TwinListener = {
  linkUp() {},
  deviceAnnounced() {},
  deviceGone() {},
  twinHeard() {},
};

/**
 * CPU of this process for a report of a value that is equal to the held one, so that nothing is
 * written: from the mapper to the twin and back, in process and over a socket to the same edge. The
 * hand-over alone ends at a desk that does nothing; an awaited call is what JavaScript itself costs.
 */
export async function measureHandOver(dataDir: string): Promise<Row[]> {
  await fillEdge(dataDir, { devices: DEVICES, properties: 1 });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const config = { dataDir, cloud: { url: "ws://127.0.0.1:1" }, mqtt: { port: 0 } };
  const edge = createEdgeCore(edgeCoreConfig.parse(config), parts);
  const stop = new AbortController();
  await edge.start(stop.signal);
  const url = `mqtt://127.0.0.1:${edge.mqttPort}`;
  const links: Record<string, TwinLink> = {
    "in process": edge.openTwinLink(),
    "over a socket": new MqttTwinLink({ url, ...parts }),
  };
  const served = Object.values(links).map((link) => serveUp(link, stop.signal));
  await Promise.all(served.map(({ up }) => up));
  const costs = new Map<string, number[]>(Object.keys(links).map((name) => [name, []]));
  const toNobody = openToNobody(stop.signal);
  const handOvers: number[] = [];
  const calls: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, link] of Object.entries(links)) {
      const cost = await cpuOf((n) => link.report(`default/dev-${n % DEVICES}`, twinOf()));
      if (round >= 0) costs.get(name)?.push(cost);
    }
    const handOver = await cpuOf((n) => toNobody.report(`default/dev-${n % DEVICES}`, twinOf()));
    const call = await cpuOf(async () => twinOf());
    if (round >= 0) {
      handOvers.push(handOver);
      calls.push(call);
    }
  }
  stop.abort();
  await Promise.all(served.map(({ ended }) => ended));
  await edge.stop();
  const local = percentile(costs.get("in process") ?? [], 50);
  const socket = percentile(costs.get("over a socket") ?? [], 50);
  const alone = percentile(handOvers, 50);
  const call = percentile(calls, 50);
  return [
    { what: "report of an equal value, in process", value: `${local.toFixed(2)} us` },
    { what: "report of an equal value, over a socket", value: `${socket.toFixed(2)} us` },
    { what: "socket / in process", value: (socket / local).toFixed(1) },
    { what: "the hand-over in process alone, its check included", value: `${alone.toFixed(2)} us` },
    { what: "an awaited call that does nothing", value: `${call.toFixed(2)} us` },
    { what: "socket / hand-over in process", value: (socket / alone).toFixed(1) },
  ];
}

function serveUp(link: TwinLink, signal: AbortSignal) {
  const up = Promise.withResolvers<void>();
  const ended = link.serve({ ...listener, linkUp: () => up.resolve() }, signal);
  return { up: up.promise, ended };
}

function twinOf() {
  return { p0: { actual: { value: "0", metadata: { timestamp: 1_700_000_000_000 } } } };
}

/** A link whose reports end where the work at the twin would begin. */
function openToNobody(signal: AbortSignal): TwinLink {
  const effect = { changes: [], result: {}, errors: {} };
  const done = Promise.resolve({ effect, notices: [] });
  const device = {} as never;
  const link = new LocalTwinLink({
    node: "bench",
    registry: { find: () => device, all: () => [], settled: Promise.resolve() },
    desk: { update: () => done, say: () => Promise.resolve(device) },
    sessions: { add: () => () => {}, publish() {} },
    isRunning: () => true,
    clock: new RealClock(),
    log: silentLog,
  });
  void link.serve(listener, signal);
  return link;
}

async function cpuOf(report: (n: number) => Promise<unknown>): Promise<number> {
  const begin = process.cpuUsage();
  for (let n = 0; n < COUNT; n += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, (_, k) => report(n + k)));
    await turn();
  }
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / COUNT;
}
