import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { type BrokerKind, BrokerProcess } from "./broker-process.ts";
import { fanIn, idle, ping, pipeline, type Rate } from "./measures.ts";

const KINDS: readonly BrokerKind[] = ["edge", "mosquitto", "aedes"];
const ROUNDS = 5;
const PINGS = 1_500;
const MESSAGES = 20_000;
const FAN_IN_MS = 1_500;
const IDLE = 2_000;

/** The edge's broker beside mosquitto and beside the library that it is made of (goals 1 to 4). */
export async function benchBroker(): Promise<void> {
  if (cpus().length > 1) spawnSync("taskset", ["-a", "-p", "-c", "1", String(process.pid)]);
  const brokers = new Map<BrokerKind, BrokerProcess>();
  try {
    for (const kind of KINDS) brokers.set(kind, await BrokerProcess.start(kind));
    await inTurn(brokers, (broker) => ping(broker, PINGS), 1);
    await inTurn(brokers, (broker) => pipeline(broker, MESSAGES), 1);
    const rows = [
      ...pingRows(await inTurn(brokers, (broker) => ping(broker, PINGS))),
      ...rateRows("pipelined", await inTurn(brokers, (broker) => pipeline(broker, MESSAGES))),
      ...rateRows("fan-in of 100", await inTurn(brokers, (broker) => fanIn(broker, FAN_IN_MS))),
    ];
    for (const broker of brokers.values()) await broker.stop();
    brokers.clear();
    writeReport("broker", [...rows, ...(await idleRows())]);
  } finally {
    for (const broker of brokers.values()) await broker.stop();
  }
}

/** A broker that dies of it is started anew; what it did not live to show is left out. */
async function inTurn<T>(
  brokers: Map<BrokerKind, BrokerProcess>,
  measure: (broker: BrokerProcess) => Promise<T>,
  rounds = ROUNDS,
): Promise<Map<BrokerKind, T[]>> {
  const samples = new Map<BrokerKind, T[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [kind, broker] of brokers) {
      try {
        samples.get(kind)?.push(await Promise.race([measure(broker), broker.died]));
      } catch (error) {
        process.stderr.write(`${kind} died: ${(error as Error).message}\n`);
        await broker.stop();
        brokers.set(kind, await BrokerProcess.start(kind));
      }
    }
  }
  return samples;
}

/** `NaN` when the broker never lived to the end of a measurement. */
function middleOf(samples: readonly number[] = []): number {
  return samples.length > 0 ? percentile(samples, 50) : Number.NaN;
}

function pingRows(samples: ReadonlyMap<BrokerKind, number[][]>): Row[] {
  const middle = (kind: BrokerKind, p: number) =>
    middleOf(samples.get(kind)?.map((round) => percentile(round, p)));
  return KINDS.map((kind) => ({
    what: `ping, QoS 1: ${kind}`,
    value: `${middle(kind, 50).toFixed(0)} us p50`,
    cpu_us: "",
    x_mosquitto: (middle(kind, 50) / middle("mosquitto", 50)).toFixed(2),
    x_aedes: (middle(kind, 50) / middle("aedes", 50)).toFixed(2),
    p99_x_mosquitto: (middle(kind, 99) / middle("mosquitto", 99)).toFixed(2),
  }));
}

function rateRows(what: string, samples: ReadonlyMap<BrokerKind, Rate[]>): Row[] {
  const middle = (kind: BrokerKind, of: (rate: Rate) => number) =>
    middleOf(samples.get(kind)?.map(of));
  return KINDS.map((kind) => {
    const rate = middle(kind, ({ perSecond }) => perSecond);
    return {
      what: `${what}, QoS 1: ${kind}`,
      value: `${Math.round(rate)} messages/s`,
      cpu_us: middle(kind, ({ cpuUs }) => cpuUs).toFixed(1),
      x_mosquitto: (rate / middle("mosquitto", ({ perSecond }) => perSecond)).toFixed(2),
      x_aedes: (rate / middle("aedes", ({ perSecond }) => perSecond)).toFixed(2),
      p99_x_mosquitto: "",
    };
  });
}

/** In processes that are new each time: memory that was once taken is kept. */
async function idleRows(): Promise<Row[]> {
  const bytes = new Map<BrokerKind, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of KINDS) {
      const broker = await BrokerProcess.start(kind);
      try {
        bytes.get(kind)?.push(await Promise.race([idle(broker, IDLE), broker.died]));
      } catch (error) {
        process.stderr.write(`${kind} died: ${(error as Error).message}\n`);
      }
      await broker.stop();
    }
  }
  const middle = (kind: BrokerKind) => middleOf(bytes.get(kind));
  return KINDS.map((kind) => ({
    what: `idle connection: ${kind}`,
    value: `${(middle(kind) / 1024).toFixed(1)} KB`,
    cpu_us: "",
    x_mosquitto: (middle(kind) / middle("mosquitto")).toFixed(2),
    x_aedes: (middle(kind) / middle("aedes")).toFixed(2),
    p99_x_mosquitto: "",
  }));
}
