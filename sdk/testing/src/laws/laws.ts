import { MapperkitError, type PropertyDefinitions } from "@mapperkit/api";
import type { Mapper } from "@mapperkit/sdk";
import { garbageIsNoValue } from "./catalogue/garbage-law.ts";
import { lateReply } from "./catalogue/late-reply-law.ts";
import { readNeverWrites, readTogether, splitAnywhere } from "./catalogue/reading-laws.ts";
import { deadUnit, unitsApart } from "./catalogue/unit-laws.ts";
import { writeThenRead, writeTouchesOnly } from "./catalogue/writing-laws.ts";
import type { Law } from "./law.ts";
import { CASES_PER_WORLD, type LawFailure, runLaw } from "./run-law.ts";
import { Subject, type SubjectOptions } from "./subject.ts";

export interface LawOptions<P extends PropertyDefinitions = PropertyDefinitions>
  extends SubjectOptions<P> {
  /** How many cases all laws share. Default 1000. */
  readonly cases?: number;
  /** Equal seeds draw equal cases. Default 1. */
  readonly seed?: number;
  /** Only one case: `write-then-read/12`, as a failure names it. */
  readonly at?: string;
  /** Only these laws. Default: all that apply. */
  readonly only?: readonly string[];
  /** Hears of each law when it has been tried. */
  readonly onLaw?: (result: LawResult) => void;
  /** Stops between two worlds of cases; what `laws` then rejects with is its reason. */
  readonly signal?: AbortSignal;
}

/** What came of one law. */
export type LawResult =
  | { readonly law: string; readonly result: "held"; readonly cases: number }
  | {
      readonly law: string;
      readonly result: "broken";
      readonly cases: number;
      readonly failure: LawFailure;
    }
  | { readonly law: string; readonly result: "skipped"; readonly why: string };

export interface LawReport {
  /** Cases in which the law held. */
  readonly passed: number;
  readonly failed: readonly LawFailure[];
  /** Laws that say nothing of this mapper, and why. */
  readonly skipped: readonly { readonly law: string; readonly why: string }[];
}

const LAWS = [
  writeThenRead,
  writeTouchesOnly,
  readTogether,
  splitAnywhere,
  unitsApart,
  lateReply,
  garbageIsNoValue,
  readNeverWrites,
  deadUnit,
] as readonly Law[];

/** The names of all laws. */
export const lawNames: readonly string[] = LAWS.map(({ name }) => name);

/**
 * Tries a mapper against the laws that hold for every protocol, with drawn cases in virtual time.
 * Each law stops at its first failure, which is made as small as it will go.
 * @throws MapperkitError `invalid_input` when an option names no law or no case
 */
export async function laws<const P extends PropertyDefinitions>(
  mapper: Mapper,
  options: LawOptions<P>,
): Promise<LawReport> {
  const { at, only, onLaw } = options as LawOptions;
  const subject = new Subject(mapper, options as LawOptions);
  const single = at === undefined ? undefined : parseAt(at);
  const wanted = LAWS.filter(({ name }) => name === (single?.law ?? name));
  const chosen = wanted.filter(({ name }) => only?.includes(name) ?? true);
  requireKnown(only ?? []);
  const results: LawResult[] = [];
  for (const law of chosen) {
    const result = await tryLaw(law, subject, options as LawOptions, single?.at);
    results.push(result);
    onLaw?.(result);
  }
  return reportOf(results);
}

function reportOf(results: readonly LawResult[]): LawReport {
  const tried = results.filter((result) => result.result !== "skipped");
  const failed = tried.flatMap((result) => (result.result === "broken" ? [result.failure] : []));
  const skipped = results.flatMap((result) =>
    result.result === "skipped" ? [{ law: result.law, why: result.why }] : [],
  );
  const cases = tried.reduce((sum, result) => sum + result.cases, 0);
  return { passed: cases - failed.length, failed, skipped };
}

async function tryLaw(
  law: Law,
  subject: Subject,
  { cases = 1000, seed = 1, signal }: LawOptions,
  at: number | undefined,
): Promise<LawResult> {
  const { name } = law;
  const why = law.skip(subject);
  if (why !== undefined) return { law: name, result: "skipped", why };
  const run = (from: number, to: number) => runLaw(law, subject, { seed, signal }, { from, to });
  const { cases: tried, failure } =
    at === undefined
      ? await run(0, Math.min(law.mostCases ?? cases, Math.ceil((cases * law.share) / 1000)))
      : await runOne(at, law.casesPerWorld, run);
  if (failure) return { law: name, result: "broken", cases: tried, failure };
  return { law: name, result: "held", cases: tried };
}

async function runOne(
  at: number,
  casesPerWorld = CASES_PER_WORLD,
  run: (from: number, to: number) => ReturnType<typeof runLaw>,
): ReturnType<typeof runLaw> {
  const alone = await run(at, at + 1);
  // It may need the cases before it, which had the same world.
  return alone.failure ? alone : await run(at - (at % casesPerWorld), at + 1);
}

/** @throws Error that names each law that does not hold, its smallest case and the line that repeats it */
export function assertLaws({ failed }: LawReport): void {
  if (failed.length === 0) return;
  throw new Error(failed.map(describeFailure).join("\n"));
}

function describeFailure({ law, message, minimal, reproduce }: LawFailure): string {
  return `${law}: ${message}\n  smallest case: ${showCase(minimal)}\n  again: ${reproduce}`;
}

function showCase(minimal: unknown): string {
  return JSON.stringify(minimal, (_, value) =>
    typeof value === "bigint" ? `${value}n` : value instanceof Uint8Array ? [...value] : value,
  );
}

function parseAt(text: string): { law: string; at: number } {
  const [, law = "", at] = /^([a-z-]+)\/(\d+)$/.exec(text) ?? [];
  requireKnown([law]);
  return { law, at: Number(at) };
}

function requireKnown(names: readonly string[]): void {
  const unknown = names.find((name) => !lawNames.includes(name));
  if (unknown === undefined) return;
  const message = `law is "${unknown}", must be one of ${lawNames.join(", ")}`;
  throw new MapperkitError("invalid_input", message, { details: { field: "law" } });
}
