import { createRandom, silentLog, tcpTransports, VirtualClock } from "@mapperkit/runtime";
import { CountingLink } from "./counting-link.ts";
import { type PlantShape, RegisterPlant } from "./register-plant.ts";

export interface PlantRun {
  readonly plant: RegisterPlant;
  readonly link: CountingLink;
  readonly hash: string;
  /** Of the real world. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Lets a mapper work a plant for some virtual time, as fast as this machine can. */
export async function runPlant(
  shape: PlantShape,
  virtualMs: number,
  seed: number,
): Promise<PlantRun> {
  const clock = new VirtualClock(1_700_000_000_000);
  const plant = new RegisterPlant(clock, shape);
  const link = new CountingLink(plant);
  const stop = new AbortController();
  const ports = { clock, random: createRandom(seed), transports: tcpTransports(clock) };
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const running = plant.mapper().run({ link, signal: stop.signal, log: silentLog, ...ports });
  await clock.advance(virtualMs);
  stop.abort();
  await clock.advance(5000);
  await running;
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - begin) / 1000;
  return { plant, link, hash: plant.transcriptHash(), seconds, cpuSeconds: (user + system) / 1e6 };
}
