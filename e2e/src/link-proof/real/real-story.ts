import { setTimeout as wait } from "node:timers/promises";
import { createRandom, type Random } from "@mapperkit/runtime";
import { eventually } from "../../harness/eventually.ts";
import { NODE, type RealLink } from "./real-link.ts";

const ACTS = 15;
/** Two busy cores, a dead connection that is noticed by keepalives, and the longest back-off. */
const RECOVERS_WITHIN_MS = 120_000;

/**
 * Breaks and mends for some seconds as the seed says, then waits until all ends agree.
 *
 * @param signal ends the story before its next act
 */
export async function tellRealStory(
  link: RealLink,
  seed: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const random = createRandom(seed);
  const name = `lamp-${seed}`;
  const acts: string[] = [];
  let desired = 1;
  await link.createLamp(name);
  for (let done = 0; done < ACTS; done += 1) {
    if (random.int(0, 2) === 0) {
      desired += 1;
      await link.desire(name, `d${desired}`);
      acts.push(`d${desired}`);
    }
    link.mapper.report(name);
    acts.push(await breakOrMend(link, random));
    await wait(random.int(10, 400), undefined, { signal });
  }
  link.toHub.mend();
  link.toKube.mend();
  await link.startPart("cloudcore");
  await link.startPart("edgecore");
  await eventually(
    `all ends agree about ${name}; ${acts.join(", ")}`,
    async () => {
      const fault = await disagreement(link, name, `d${desired}`);
      if (fault) throw new Error(fault);
      return true;
    },
    RECOVERS_WITHIN_MS,
  );
  return acts;
}

async function disagreement(
  link: RealLink,
  name: string,
  desired: string,
): Promise<string | undefined> {
  const { status } = await link.lamp(name);
  const twins = new Map(status?.twins?.map((twin) => [twin.propertyName, twin]));
  const [power, count] = [twins.get("power"), twins.get("count")?.reported?.value];
  const acknowledged = link.model.acknowledgedCounts.get(`${NODE}/${name}`);
  if (link.mapper.hardware.get(name) !== desired) return `the hardware is not ${desired}`;
  if (power?.reported?.value !== desired) return `reported is ${power?.reported?.value}`;
  if (power.phase?.name !== "Applied") return `${desired} is ${power.phase?.name}`;
  // A report may have been taken whose answer was lost with its connection.
  const isLost = numberOf(count) < numberOf(acknowledged);
  return isLost ? `Kubernetes holds ${count}, and ${acknowledged} was acknowledged` : undefined;
}

async function breakOrMend(link: RealLink, random: Random): Promise<string> {
  const proxy = random.int(0, 1) === 0 ? link.toHub : link.toKube;
  const where = proxy === link.toHub ? "hub" : "kube";
  const part = random.int(0, 1) === 0 ? "cloudcore" : "edgecore";
  switch (random.int(0, 9)) {
    case 0:
      proxy.reset();
      return `reset ${where}`;
    case 1:
      proxy.isCut = true;
      proxy.reset();
      return `cut ${where}`;
    case 2:
      proxy.isStalled = true;
      return `stall ${where}`;
    case 3:
      proxy.delayMs = random.int(1, 50);
      proxy.pieceBytes = random.int(1, 64);
      return `delay ${where} by ${proxy.delayMs} ms in pieces of ${proxy.pieceBytes} bytes`;
    case 4:
      proxy.resetAfterBytes = random.int(1, 3_000);
      return `reset ${where} after ${proxy.resetAfterBytes} bytes`;
    case 5:
      await link.kill(part);
      return `kill ${part}`;
    case 6:
      // Its start waits for the API server.
      if (link.toKube.isCut || link.toKube.isStalled) return "nothing";
      await link.startPart(part);
      return `start ${part}`;
    default:
      proxy.mend();
      return `mend ${where}`;
  }
}

function numberOf(count: string | undefined): number {
  return Number(count?.split(":")[1] ?? 0);
}
