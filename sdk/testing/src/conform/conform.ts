import { MapperkitError, type PropertyDefinitions } from "@mapperkit/api";
import type { Mapper } from "@mapperkit/sdk";
import { Subject, type SubjectOptions } from "../laws/subject.ts";
import type { Check, CheckGroup, Need } from "./check.ts";
import { connectChecks } from "./checks/connect-checks.ts";
import { failureChecks } from "./checks/failure-checks.ts";
import { inputChecks } from "./checks/input-checks.ts";
import { readChecks } from "./checks/read-checks.ts";
import { reconnectChecks } from "./checks/reconnect-checks.ts";
import { reportingChecks } from "./checks/reporting-checks.ts";
import { shutdownChecks } from "./checks/shutdown-checks.ts";
import { timingChecks } from "./checks/timing-checks.ts";
import { verifyChecks } from "./checks/verify-checks.ts";
import { writeChecks } from "./checks/write-checks.ts";
import { openHardwareStage, openSimStage, type Stage } from "./stage.ts";

export interface ConformOptions<P extends PropertyDefinitions = PropertyDefinitions>
  extends Omit<SubjectOptions<P>, "sim"> {
  /** `sim`: a plant in memory and virtual time. `hw`: the device that the manifest names. */
  readonly target: "sim" | "hw";
  /** Needed for `sim`. */
  readonly sim?: SubjectOptions["sim"];
  /** Properties that may be written on hardware. Default none: everything else only reads. */
  readonly allowWrite?: readonly (keyof P & string)[];
  /** Equal seeds give equal runs. Default 1. */
  readonly seed?: number;
  /** Only these checks or groups. */
  readonly only?: readonly string[];
  /** Hears of each check when it is done. */
  readonly onCheck?: (check: CheckResult) => void;
  /** Stops between two checks; what `conform` then rejects with is its reason. */
  readonly signal?: AbortSignal;
}

export interface CheckResult {
  readonly id: string;
  readonly group: CheckGroup;
  readonly claim: string;
  readonly result: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped. */
  readonly detail?: string;
}

/** Plain data: `JSON.stringify` makes the report for other programs. */
export interface ConformReport {
  readonly mapper: string;
  readonly target: "sim" | "hw";
  readonly seed: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly checks: readonly CheckResult[];
}

const CHECKS: readonly Check[] = [
  ...connectChecks,
  ...readChecks,
  ...writeChecks,
  ...verifyChecks,
  ...failureChecks,
  ...reconnectChecks,
  ...inputChecks,
  ...timingChecks,
  ...shutdownChecks,
  ...reportingChecks,
];

/** The ids of all checks. */
export const checkIds: readonly string[] = CHECKS.map(({ id }) => id);

/**
 * Checks what every mapper must do, one check on one fresh stage after the other.
 * @throws MapperkitError `invalid_input` when an option is missing or names nothing
 */
export function conform<const P extends PropertyDefinitions>(
  mapper: Mapper,
  options: ConformOptions<P>,
): Promise<ConformReport> {
  // The names of properties matter to the caller's compiler only.
  return runChecks(mapper, options as unknown as ConformOptions);
}

async function runChecks(mapper: Mapper, options: ConformOptions): Promise<ConformReport> {
  const { target, seed = 1, only, allowWrite = [], sim, onCheck, signal } = options;
  const subject = new Subject(mapper, { ...options, sim: sim ?? noSimulator });
  requireKnown(subject, only, allowWrite);
  if (target === "sim" && !sim) {
    throw new MapperkitError("invalid_input", "sim is missing: the target is a simulator");
  }
  const open = async (id: string) =>
    target === "sim"
      ? await openSimStage(subject, `${seed} ${id}`)
      : openHardwareStage(subject, allowWrite);
  const checks: CheckResult[] = [];
  for (const check of CHECKS) {
    if (only && !only.includes(check.id) && !only.includes(check.group)) continue;
    signal?.throwIfAborted();
    const result = await runCheck(check, open);
    checks.push(result);
    onCheck?.(result);
  }
  const count = (result: CheckResult["result"]) =>
    checks.filter((check) => check.result === result).length;
  return {
    ...{ mapper: mapper.name, target, seed },
    ...{ passed: count("passed"), failed: count("failed"), skipped: count("skipped"), checks },
  };
}

/** @throws Error that names each check that failed */
export function assertConforms({ checks }: ConformReport): void {
  const failed = checks.filter(({ result }) => result === "failed");
  if (failed.length === 0) return;
  throw new Error(failed.map(({ id, claim, detail }) => `${id}: ${claim}: ${detail}`).join("\n"));
}

async function runCheck(check: Check, open: (id: string) => Promise<Stage>): Promise<CheckResult> {
  const { id, group, claim, starts = true } = check;
  const facts = { id, group, claim };
  try {
    await using stage = await open(id);
    const why = missing(check.needs ?? [], stage);
    if (why !== undefined) return { ...facts, result: "skipped", detail: why };
    if (starts) await stage.theatre.startMapper();
    const detail = await check.run(stage);
    stage.theatre.requireRunning();
    return detail === undefined
      ? { ...facts, result: "passed" }
      : { ...facts, result: "failed", detail };
  } catch (error) {
    return { ...facts, result: "failed", detail: messageOf(error) };
  }
}

function missing(needs: readonly Need[], stage: Stage): string | undefined {
  if (needs.includes("plant") && !stage.maybePlant) return "needs a simulated device";
  if (needs.includes("write") && stage.writable.length === 0) return "nothing may be written";
  const isOne = stage.subject.properties.length < 2;
  return needs.includes("two-properties") && isOne ? "there is one property" : undefined;
}

function requireKnown(
  subject: Subject,
  only: readonly string[] = [],
  allowWrite: readonly string[],
): void {
  const known = [...checkIds, ...CHECKS.map(({ group }) => group)];
  const unknown = only.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    throw new MapperkitError("invalid_input", `only: "${unknown}" is no check and no group`);
  }
  for (const name of allowWrite) {
    if (subject.property(name).isWritable) continue;
    throw new MapperkitError("invalid_input", `allowWrite: ${name} is ReadOnly in the model`);
  }
}

const noSimulator = {
  model: { name: "none", properties: {} },
  serve: () => Promise.reject(new MapperkitError("unsupported", "there is no simulator")),
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
