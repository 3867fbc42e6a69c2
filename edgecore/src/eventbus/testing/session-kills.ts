import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "@mapperkit/runtime";
import { connectAsync } from "mqtt";
import { connect, startBus, until } from "./running-bus.ts";

const IN_FLIGHT = 10;
/** The edge is killed at a random moment of this span under load. */
const LOAD_MS = 300;
const session = { clientId: "mapper", clean: false } as const;

const PROGRAM = `
import { createEdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
const config = edgeCoreConfig.parse({
  dataDir: process.argv[1],
  cloud: { url: "ws://127.0.0.1:1" },
  mqtt: { port: 0, limits: { maxQueuedMessages: 100000 } },
});
const edge = createEdgeCore(config, { clock: new RealClock(), random: createRandom(1), log: silentLog });
await edge.start(new AbortController().signal);
process.stdout.write(edge.mqttPort + "\\n");
`;

/**
 * Loads an edge with messages for a session that is away, of QoS 1 and 2, and kills it with SIGKILL
 * at a random moment, `rounds` times over on one folder. In the end the session gets every message
 * that was acknowledged, and none of QoS 2 twice.
 */
export async function killSessions(
  t: TestContext,
  { seed, rounds }: { seed: number; rounds: number },
): Promise<void> {
  const random = createRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), "session-kill-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const before = await startBus(t, {}, { dataDir });
  const mapper = await connect(t, before.bus.port, [], session);
  await mapper.client.subscribeAsync("to/mapper/#", { qos: 2 });
  await mapper.client.endAsync();
  await before.bus.stop();

  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { edge, port } = await startEdge(t, dataDir);
    const loads = await Promise.all(
      ([1, 2] as const).map((qos) => load(port, `${round}`, qos, acknowledged)),
    );
    await sleep(random.next() * LOAD_MS);
    const exit = once(edge, "exit");
    edge.kill("SIGKILL");
    await exit;
    await Promise.all(loads.map(({ ended }) => ended));
  }
  const after = await startBus(t, {}, { dataDir });
  const again = await connect(t, after.bus.port, [], session);
  const said = `seed ${seed}: all ${acknowledged.length} that were acknowledged`;
  await until(said, () => {
    const heard = new Set(again.heard);
    return acknowledged.every((text) => heard.has(text));
  });
  const twice = again.heard.filter((text, at) => again.heard.indexOf(text) !== at);
  assert.deepEqual(twice, [], `seed ${seed}: none comes twice that nobody sent twice`);
}

async function startEdge(
  t: TestContext,
  dataDir: string,
): Promise<{ edge: ChildProcess; port: number }> {
  const args = ["-C", "source", "--input-type=module", "-e", PROGRAM, "--", dataDir];
  const edge = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => edge.kill("SIGKILL"));
  assert.ok(edge.stdout);
  const [line] = await once(edge.stdout, "data");
  return { edge, port: Number(String(line)) };
}

/** Says ascending numbers, many under way, until the edge is gone. */
async function load(
  port: number,
  round: string,
  qos: 1 | 2,
  acknowledged: string[],
): Promise<{ ended: Promise<void> }> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  client.on("error", () => {});
  const ended = new Promise<void>((resolve) => client.once("close", resolve));
  let count = 0;
  const publish = () => {
    const body = `${round}-${qos}-${++count}`;
    client.publish("to/mapper/x", body, { qos }, (error) => {
      if (error) return;
      acknowledged.push(`to/mapper/x ${body}`);
      publish();
    });
  };
  for (let n = 0; n < IN_FLIGHT; n += 1) publish();
  return { ended };
}
