import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { HubScene } from "./hub-scene.ts";
import { report, Swarm } from "./swarm.ts";

const ROUNDS = 3;
const MESSAGES = 40_000;
/** Each takes a turn of the loop on both sides. */
const MESSAGES_APART = 10_000;
const PER_FRAME = 100;
const DEVICES = 1_000;
const SETTLE_MS = 500;

interface Sessions {
  readonly bytes: number;
  readonly cpuMs: number;
}

/** Goals 9 to 12 of performance.md: sessions beside bare ws, messages, devices, status patches. */
export async function benchHub(sessions = 1_000): Promise<void> {
  const rows: Row[] = [];
  for (const isTls of [false, true]) rows.push(...(await benchSessions(sessions, isTls)));
  rows.push(...(await benchMessages()));
  rows.push(await benchDevices(), await benchReturn());
  rows.push(await benchStatus());
  writeReport("hub", rows);
}

async function benchSessions(count: number, isTls: boolean): Promise<Row[]> {
  await using scene = await HubScene.start();
  const nodes = Array.from({ length: count }, (_, index) => `edge-${index}`);
  const tls = isTls ? await scene.credentials(nodes) : undefined;
  const measured = { hub: [] as Sessions[], bare: [] as Sessions[] };
  const storms: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ["bare", "hub"] as const) {
      await using server = await scene[kind](isTls);
      const swarm = new Swarm();
      await swarm.dial(server.port, nodes.slice(0, 50), tls);
      await swarm.cut();
      await sleep(SETTLE_MS);
      const before = await server.usage();
      const begin = performance.now();
      await swarm.dial(server.port, nodes, tls);
      if (kind === "hub") storms.push(performance.now() - begin);
      await Promise.all(nodes.map((node) => swarm.settled(node)));
      const after = await server.usage();
      measured[kind].push({
        bytes: (after.rss - before.rss) / count,
        cpuMs: (after.cpuUs - before.cpuUs) / 1_000 / count,
      });
      await swarm.cut();
    }
  }
  const median = (kind: "hub" | "bare", key: keyof Sessions) =>
    percentile(
      measured[kind].map((each) => each[key]),
      50,
    );
  const how = `${count} sessions, ${isTls ? "TLS" : "plain"}`;
  return [
    rowOf(
      `${how}: KB each (bare ws = 1)`,
      median("hub", "bytes") / 1024,
      median("bare", "bytes") / 1024,
      1.5,
    ),
    rowOf(
      `${how}: CPU ms to connect one and compare`,
      median("hub", "cpuMs"),
      median("bare", "cpuMs"),
      1.5,
    ),
    { what: `${how}: all of them back, ms`, ours: percentile(storms, 50).toFixed(0) },
  ];
}

/** Reports of one edge, one in a frame and a hundred in a frame. */
async function benchMessages(): Promise<Row[]> {
  await using scene = await HubScene.start();
  scene.createDevice("lamp-0", "edge-0");
  await using hub = await scene.hub(false);
  const swarm = new Swarm();
  await swarm.dial(hub.port, ["edge-0"]);
  const apart: number[] = [];
  const crowded: number[] = [];
  const batched: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    apart.push(await cpuOf(hub, swarm, { perFrame: 1, isApart: true }));
    crowded.push(await cpuOf(hub, swarm, { perFrame: 1, isApart: false }));
    batched.push(await cpuOf(hub, swarm, { perFrame: PER_FRAME, isApart: true }));
  }
  await swarm.cut();
  const [one, many] = [percentile(apart, 50), percentile(batched, 50)];
  const floor = parseFloor();
  return [
    {
      what: `cloud CPU µs per report: ${PER_FRAME} in a frame beside one in a frame`,
      ours: many.toFixed(1),
      beside: one.toFixed(1),
      ratio: (many / one).toFixed(2),
      goal: "<= 0.25",
    },
    rowOf(
      "the same, beside frames so many that the kernel hands over several at once",
      many,
      percentile(crowded, 50),
    ),
    rowOf("the same, beside nothing but JSON.parse of them", many, floor),
  ];
}

/** CPU µs to parse one report of a frame, and to do nothing with it. */
function parseFloor(): number {
  const reports = Array.from({ length: PER_FRAME }, (_, index) => report("lamp-0", String(index)));
  const frame = `[${reports.join()}]`;
  const before = process.cpuUsage();
  for (let sent = 0; sent < MESSAGES; sent += PER_FRAME) JSON.parse(frame);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / MESSAGES;
}

async function cpuOf(
  hub: { usage(): Promise<{ cpuUs: number }> },
  swarm: Swarm,
  { perFrame, isApart }: { perFrame: number; isApart: boolean },
): Promise<number> {
  const count = perFrame === 1 && isApart ? MESSAGES_APART : MESSAGES;
  const frames = Array.from({ length: count / perFrame }, (_, frame) => {
    const reports = Array.from({ length: perFrame }, (_, index) =>
      report("lamp-0", String(frame * perFrame + index)),
    );
    return perFrame === 1 ? (reports[0] ?? "") : `[${reports.join()}]`;
  });
  const before = await hub.usage();
  for (const frame of frames) {
    swarm.send("edge-0", frame);
    // A message that is sent when it comes arrives by itself; without this the kernel makes the batches.
    if (isApart) await setImmediate();
  }
  await swarm.settled("edge-0");
  const after = await hub.usage();
  return (after.cpuUs - before.cpuUs) / count;
}

/** From the first of many Devices created until the edge holds them all. */
async function benchDevices(): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await using scene = await HubScene.start();
    await using hub = await scene.hub(false);
    const swarm = new Swarm();
    await swarm.dial(hub.port, ["edge-0"]);
    await swarm.settled("edge-0");
    const begin = performance.now();
    for (let index = 0; index < DEVICES; index += 1) scene.createDevice(`lamp-${index}`, "edge-0");
    while (swarm.objects < DEVICES + 1) await sleep(1);
    times.push(performance.now() - begin);
    await swarm.cut();
  }
  return {
    what: `${DEVICES} Devices from the API to one edge, ms (KubeEdge 51 s with its API server)`,
    ours: percentile(times, 50).toFixed(0),
  };
}

/** All Devices were created while the edge was away: from its dialling until it holds them. */
async function benchReturn(): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await using scene = await HubScene.start();
    await using hub = await scene.hub(false);
    // The small API server does not repeat what happened before a watch began.
    await sleep(SETTLE_MS);
    for (let index = 0; index < DEVICES; index += 1) scene.createDevice(`lamp-${index}`, "edge-0");
    await sleep(SETTLE_MS);
    const swarm = new Swarm();
    const begin = performance.now();
    await swarm.dial(hub.port, ["edge-0"]);
    while (swarm.objects < DEVICES + 1) await sleep(1);
    times.push(performance.now() - begin);
    await swarm.cut();
  }
  const ms = percentile(times, 50);
  const what = `${DEVICES} Devices created while an edge was away, ms after it is back`;
  return { what, ours: ms.toFixed(0), goal: "<= 1000" };
}

/** Values of many devices change at once; each patch takes the API 25 ms. */
async function benchStatus(): Promise<Row> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await using scene = await HubScene.start();
    for (let index = 0; index < DEVICES; index += 1) scene.createDevice(`lamp-${index}`, "edge-0");
    await using hub = await scene.hub(false);
    const swarm = new Swarm();
    await swarm.dial(hub.port, ["edge-0"]);
    while (swarm.objects < DEVICES + 1) await sleep(1);
    // What a new device has to say of itself is not measured.
    for (let seen = -1; seen !== scene.kube.patches; ) {
      seen = scene.kube.patches;
      await sleep(2_000);
    }
    scene.kube.patchMs = 25;
    const begin = performance.now();
    const reports = Array.from({ length: DEVICES }, (_, index) => report(`lamp-${index}`, "7"));
    swarm.send("edge-0", `[${reports.join()}]`);
    while (swarm.confirmed < DEVICES) await sleep(1);
    rates.push((DEVICES * 1_000) / (performance.now() - begin));
    await swarm.cut();
  }
  const rate = percentile(rates, 50);
  return {
    ...{ what: "devices/s whose status is patched, 25 ms each (one at a time: 40)" },
    ...{ ours: rate.toFixed(0), beside: "40", ratio: (rate / 40).toFixed(1), goal: ">= 25" },
  };
}

function rowOf(what: string, ours: number, beside: number, goal?: number): Row {
  return {
    what,
    ours: ours.toFixed(2),
    beside: beside.toFixed(2),
    ratio: (ours / beside).toFixed(2),
    ...(goal !== undefined && { goal: `<= ${goal}` }),
  };
}
