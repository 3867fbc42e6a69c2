import { MapperkitError, type PropertyDefinitions } from "@mapperkit/api";
import type { Mapper } from "@mapperkit/sdk";
import { garbageIsNoValue } from "./catalogue/garbage-law.ts";
import { lateReply } from "./catalogue/late-reply-law.ts";
import { readNeverWrites, readTogether, splitAnywhere } from "./catalogue/reading-laws.ts";
import { deadUnit, unitsApart } from "./catalogue/unit-laws.ts";
import { writeThenRead, writeTouchesOnly } from "./catalogue/writing-laws.ts";
import type { Law } from "./law.ts";
import { type LawFailure, runLaw } from "./run-law.ts";
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
}

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
  const { cases = 1000, seed = 1, at, only } = options as LawOptions;
  const subject = new Subject(mapper, options as LawOptions);
  const single = at === undefined ? undefined : parseAt(at);
  const wanted = LAWS.filter(({ name }) => name === (single?.law ?? name));
  const chosen = wanted.filter(({ name }) => only?.includes(name) ?? true);
  requireKnown(only ?? []);
  const skipped: { law: string; why: string }[] = [];
  const failed: LawFailure[] = [];
  let passed = 0;
  for (const law of chosen) {
    const why = law.skip(subject);
    if (why !== undefined) {
      skipped.push({ law: law.name, why });
      continue;
    }
    const { cases: tried, failure } = await tryLaw(law, subject, seed, cases, single?.at);
    passed += failure ? tried - 1 : tried;
    if (failure) failed.push(failure);
  }
  return { passed, failed, skipped };
}

async function tryLaw(law: Law, subject: Subject, seed: number, cases: number, at?: number) {
  if (at === undefined) {
    const to = Math.min(law.mostCases ?? cases, Math.ceil((cases * law.share) / 1000));
    return await runLaw(law, subject, seed, { from: 0, to });
  }
  const alone = await runLaw(law, subject, seed, { from: at, to: at + 1 });
  // It may need the cases before it, which had the same world.
  if (alone.failure) return alone;
  const from = at - (at % (law.casesPerWorld ?? 50));
  return await runLaw(law, subject, seed, { from, to: at + 1 });
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
