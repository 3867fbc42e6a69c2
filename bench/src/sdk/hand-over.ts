import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceId, MsgTwin } from "@mapperkit/api";
import { createEdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { MqttTwinLink, type TwinLink, type TwinListener } from "@mapperkit/sdk";
import { percentile } from "../report/percentile.ts";
import { fillEdge } from "../twin/edge-folder.ts";

const DEVICES = 10;
const ROUNDS = 5;
const IN_FLIGHT = 100;
const IN_PROCESS = 40_000;
const OVER_SOCKET = 8_000;

/** What one report costs, µs of CPU of this process, which is both ends of every way. */
export interface HandOver {
  /** Awaiting an asynchronous call that does nothing: what no hand-over can be below. */
  readonly floorUs: number;
  readonly equalUs: number;
  readonly equalOverSocketUs: number;
  readonly changedUs: number;
  readonly changedOverSocketUs: number;
}

type Report = (n: number) => Promise<unknown>;

/** From mapper to twin in one process, and over a socket of the same edge, by turns. */
export async function measureHandOver(): Promise<HandOver> {
  const folder = mkdtempSync(join(tmpdir(), "mapperkit-bench-sdk-"));
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  await fillEdge(folder, { devices: DEVICES, properties: 1 });
  const edge = createEdgeCore(
    edgeCoreConfig.parse({
      ...{ dataDir: folder, durability: "normal" },
      ...{ cloud: { url: "ws://127.0.0.1:1" }, mqtt: { port: 0 } },
    }),
    parts,
  );
  const stop = new AbortController();
  const serving: Promise<void>[] = [];
  try {
    await edge.start(stop.signal);
    const near: TwinLink = edge.openTwinLink();
    const far = new MqttTwinLink({
      ...parts,
      url: `mqtt://127.0.0.1:${edge.mqttPort}`,
      node: undefined,
    });
    for (const link of [near, far]) serving.push((await linkUp(link, stop.signal)).ended);
    return await compare(near, far);
  } finally {
    stop.abort();
    await Promise.all(serving);
    await edge.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(near: TwinLink, far: TwinLink): Promise<HandOver> {
  const floor: Report = async () => undefined;
  const samples: Record<keyof HandOver, number[]> = {
    ...{ floorUs: [], equalUs: [], equalOverSocketUs: [] },
    ...{ changedUs: [], changedOverSocketUs: [] },
  };
  let fresh = 1;
  const equal =
    (link: TwinLink): Report =>
    (n) =>
      link.report(idOf(n), twinOf(0));
  const changed =
    (link: TwinLink): Report =>
    (n) => {
      fresh += 1;
      return link.report(idOf(n), twinOf(fresh));
    };
  for (let round = 0; round < ROUNDS; round++) {
    samples.floorUs.push(await cpuOf(floor, IN_PROCESS));
    samples.changedUs.push(await cpuOf(changed(near), IN_PROCESS / 10));
    samples.changedOverSocketUs.push(await cpuOf(changed(far), OVER_SOCKET / 4));
    await cpuOf(equal(near), DEVICES);
    samples.equalUs.push(await cpuOf(equal(near), IN_PROCESS));
    samples.equalOverSocketUs.push(await cpuOf(equal(far), OVER_SOCKET));
  }
  const median = (key: keyof HandOver) => percentile(samples[key], 50);
  return {
    ...{ floorUs: median("floorUs"), equalUs: median("equalUs") },
    equalOverSocketUs: median("equalOverSocketUs"),
    ...{ changedUs: median("changedUs"), changedOverSocketUs: median("changedOverSocketUs") },
  };
}

/** µs of CPU for each report, so many of them under way at once. */
async function cpuOf(report: Report, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < count; n += IN_FLIGHT) {
    await Promise.all(
      Array.from({ length: Math.min(IN_FLIGHT, count - n) }, (_, i) => report(n + i)),
    );
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Resolves when the link is up; in an object, since a promise of a promise is one that waits. */
async function linkUp(link: TwinLink, signal: AbortSignal): Promise<{ ended: Promise<void> }> {
  const up = Promise.withResolvers<void>();
  const ended = link.serve({ ...deaf, linkUp: up.resolve }, signal);
  await Promise.race([up.promise, ended]);
  return { ended };
}

const deaf: Omit<TwinListener, "linkUp"> = {
  deviceAnnounced: () => undefined,
  deviceGone: () => undefined,
  twinHeard: () => undefined,
};

function idOf(n: number): DeviceId {
  return `default/dev-${n % DEVICES}`;
}

function twinOf(n: number): Record<string, MsgTwin> {
  const actual = { value: `${n}`, metadata: { timestamp: 1_700_000_000_000 } };
  return { p0: { actual, metadata: { type: "string" } } };
}
