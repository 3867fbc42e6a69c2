import { createRandom } from "@mapperkit/runtime";
import type { Law } from "./law.ts";
import type { Subject } from "./subject.ts";

/** A case in which a law did not hold, made as small as it would go. */
export interface LawFailure {
  readonly law: string;
  readonly seed: number;
  /** Which case of the law. */
  readonly at: number;
  readonly message: string;
  readonly minimal: unknown;
  /** What repeats it: `--seed 7 --at write-then-read/12`. */
  readonly reproduce: string;
}

/** How many cases share a world, unless a law says otherwise. */
export const CASES_PER_WORLD = 50;
/** Enough for the halving of a hundred properties; each costs a world. */
const MAX_TRIALS = 150;

/** Tries cases `from` to `to` of a law; stops at the first that fails. */
export async function runLaw<C>(
  law: Law<C>,
  subject: Subject,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal | undefined },
  { from, to }: { readonly from: number; readonly to: number },
): Promise<{ readonly cases: number; readonly failure?: LawFailure }> {
  const perWorld = law.casesPerWorld ?? CASES_PER_WORLD;
  for (let start = from; start < to; start += perWorld) {
    signal?.throwIfAborted();
    const end = Math.min(to, start + perWorld);
    const failed = await runInOneWorld(law, subject, seed, start, end);
    if (!failed) continue;
    const failure = await shrink(law, subject, seed, failed);
    return { cases: failed.at - from + 1, failure };
  }
  return { cases: to - from };
}

interface Failed<C> {
  readonly at: number;
  readonly drawn: C;
  readonly message: string;
}

async function runInOneWorld<C>(
  law: Law<C>,
  subject: Subject,
  seed: number,
  start: number,
  end: number,
): Promise<Failed<C> | undefined> {
  await using world = await law.open(subject, `${seed} ${law.name} ${start}`);
  const random = createRandom(seed);
  for (let at = start; at < end; at += 1) {
    // By its number, not by what was drawn before: one case can be had without the others.
    const drawn = law.draw(subject, random.fork(`${law.name}/${at}`));
    const message = await law.check(world, drawn);
    if (message !== undefined) return { at, drawn, message };
  }
  return undefined;
}

async function shrink<C>(
  law: Law<C>,
  subject: Subject,
  seed: number,
  failed: Failed<C>,
): Promise<LawFailure> {
  const facts = { law: law.name, seed, at: failed.at };
  const reproduce = `--seed ${seed} --at ${law.name}/${failed.at}`;
  const alone = await failsAlone(law, subject, seed, failed.drawn);
  if (alone === undefined) {
    const message = `${failed.message} (only after the cases before it)`;
    return { ...facts, message, minimal: failed.drawn, reproduce };
  }
  let smallest = { drawn: failed.drawn, message: alone };
  let trials = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const drawn of law.simpler(subject, smallest.drawn)) {
      if (trials++ >= MAX_TRIALS) break;
      const message = await failsAlone(law, subject, seed, drawn);
      if (message === undefined) continue;
      smallest = { drawn, message };
      isSmaller = true;
      break;
    }
  }
  return { ...facts, message: smallest.message, minimal: smallest.drawn, reproduce };
}

async function failsAlone<C>(
  law: Law<C>,
  subject: Subject,
  seed: number,
  drawn: C,
): Promise<string | undefined> {
  await using world = await law.open(subject, `${seed} ${law.name} alone`);
  return await law.check(world, drawn);
}
