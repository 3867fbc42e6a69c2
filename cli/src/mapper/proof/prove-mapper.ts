import { MapperkitError } from "@mapperkit/api";
import { type ConformReport, conform, type LawReport, laws } from "@mapperkit/testing";
import type { Streams } from "../../output/streams.ts";
import { loadProof, type Proof } from "./load-proof.ts";
import { namesOf, type ProofFlags, type TestFlags } from "./proof-flags.ts";
import { jsonPrinter, type ProofPrinter, type Proved, tablePrinter } from "./proof-printer.ts";
import { reproductionOf } from "./reproduction.ts";

/** What one run of a proof is given. */
interface Run {
  readonly proof: Proof;
  readonly flags: ProofFlags;
  readonly printer: ProofPrinter;
  readonly signal: AbortSignal;
}

/** Words that choose laws, and those that choose checks. */
interface Chosen {
  readonly laws: readonly string[] | undefined;
  readonly checks: readonly string[] | undefined;
}

/**
 * Tries a mapper against the laws, in a simulator only, and does the checks.
 * @throws MapperkitError `conflict` with the lines that repeat what failed
 */
export async function testMapper(flags: TestFlags, streams: Streams): Promise<void> {
  await prove("test", flags, streams, flags.cases);
}

/** Does the checks alone. @throws MapperkitError `conflict` with the lines that repeat what failed */
export async function conformMapper(flags: ProofFlags, streams: Streams): Promise<void> {
  await prove("conform", flags, streams, 0);
}

async function prove(
  command: "test" | "conform",
  flags: ProofFlags,
  streams: Streams,
  cases: number,
): Promise<void> {
  const printer = flags.output === "json" ? jsonPrinter(streams) : tablePrinter(streams);
  const proof = await loadProof(flags);
  const interrupted = new AbortController();
  const stop = () => interrupted.abort(new MapperkitError("conflict", "stopped before the end"));
  const leaks: string[] = [];
  const leaked = (reason: unknown) => void leaks.push(messageOf(reason));
  process.once("SIGINT", stop).once("SIGTERM", stop).on("unhandledRejection", leaked);
  try {
    const run = { proof, flags, printer, signal: interrupted.signal };
    const chosen = await chosenBy(flags);
    const proved = {
      laws: cases > 0 && flags.target === "sim" ? await proveLaws(run, chosen, cases) : undefined,
      conform: await proveChecks(run, chosen),
    };
    conclude(command, run, proved, leaks);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop).off("unhandledRejection", leaked);
  }
}

/** @throws MapperkitError `invalid_input` for a word that is no law, no check and no group */
async function chosenBy({ only, at }: ProofFlags): Promise<Chosen> {
  const { checkIds, lawNames } = await import("@mapperkit/testing");
  const groups = new Set(checkIds.map((id) => id.replace(/-.*/, "")).concat("bad-input"));
  const words = at === undefined ? namesOf(only) : [at.replace(/\/\d+$/, "")];
  if (words.length === 0) return { laws: undefined, checks: undefined };
  const isLaw = (word: string) => lawNames.includes(word);
  const isCheck = (word: string) => checkIds.includes(word) || groups.has(word);
  const unknown = words.find((word) => !isLaw(word) && !isCheck(word));
  if (unknown !== undefined) {
    const message = `--${at === undefined ? "only" : "at"} ${unknown}: no law, no check and no group of checks`;
    throw new MapperkitError("invalid_input", message);
  }
  return { laws: words.filter(isLaw), checks: words.filter(isCheck) };
}

async function proveLaws(
  { proof: { mapper, options }, flags: { seed, at }, printer, signal }: Run,
  { laws: only }: Chosen,
  cases: number,
): Promise<LawReport | undefined> {
  const { sim } = options;
  if (!sim || only?.length === 0) return undefined;
  return await laws(mapper, {
    ...{ ...options, sim, seed, cases, signal },
    ...(only && { only }),
    ...(at !== undefined && { at }),
    onLaw: (result) => printer.law(result),
  });
}

async function proveChecks(
  { proof: { mapper, options }, flags, printer, signal }: Run,
  { checks: only }: Chosen,
): Promise<ConformReport | undefined> {
  if (only?.length === 0) return undefined;
  const { target, seed } = flags;
  return await conform(mapper, {
    ...{ ...options, target, seed, signal },
    ...(only && { only }),
    allowWrite: namesOf(flags["allow-write"]),
    onCheck: (result) => printer.check(result),
  });
}

function conclude(
  command: "test" | "conform",
  { proof, flags, printer }: Run,
  proved: Pick<Proved, "laws" | "conform">,
  leaks: readonly string[],
): void {
  const { seed, target } = flags;
  const failed = (proved.conform?.checks ?? []).filter(({ result }) => result === "failed");
  const places = [
    ...(proved.laws?.failed ?? []).map(({ law, at }) => `${law}/${at}`),
    ...failed.map(({ id }) => id),
  ];
  const again = places.map((at) => reproductionOf(command, flags, seed, at));
  printer.end({ mapper: proof.mapper.name, target, seed, ...proved, leaks, again });
  if (places.length === 0 && leaks.length === 0) return;
  const lines = again.length === 0 ? "" : `; again:\n${again.join("\n")}`;
  const count = places.length + leaks.length;
  throw new MapperkitError("conflict", `${proof.mapper.name}: ${count} failed${lines}`);
}

function messageOf(reason: unknown): string {
  return `a rejection that nobody handles: ${reason instanceof Error ? reason.message : String(reason)}`;
}
