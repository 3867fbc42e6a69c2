import type { CheckResult, ConformReport, LawReport, LawResult } from "@mapperkit/testing";
import type { Streams } from "../../output/streams.ts";

/** What is told of a proof while it runs, and at its end. */
export interface ProofPrinter {
  law(result: LawResult): void;
  check(result: CheckResult): void;
  end(proved: Proved): void;
}

export interface Proved {
  readonly mapper: string;
  readonly target: "sim" | "hw";
  readonly seed: number;
  readonly laws?: LawReport | undefined;
  readonly conform?: ConformReport | undefined;
  /** Rejections that nobody handled. */
  readonly leaks: readonly string[];
  /** A command line for each failure. */
  readonly again: readonly string[];
}

/** One line for each law and check as soon as it is there, then the sums. */
export function tablePrinter({ out }: Streams): ProofPrinter {
  return {
    law(result) {
      const name = result.law.padEnd(20);
      if (result.result === "held") out(`held      ${name}   ${result.cases} cases`);
      else if (result.result === "skipped") out(`skipped   ${name}   ${result.why}`);
      else {
        out(`BROKEN    ${name}   ${result.failure.message}`);
        out(`          smallest case: ${JSON.stringify(result.failure.minimal, plain)}`);
      }
    },
    check({ id, claim, result, detail }) {
      const word = result === "failed" ? "FAILED" : result;
      out(`${word.padEnd(7)}   ${id.padEnd(20)}   ${claim}`);
      if (detail !== undefined) out(`          ${detail}`);
    },
    end({ laws, conform, leaks }) {
      for (const leak of leaks) out(`LEAKED    ${leak}`);
      if (laws) {
        const broken = laws.failed.length;
        out(`\nlaws: ${laws.passed} cases held, ${broken} ${broken === 1 ? "law" : "laws"} broken`);
      }
      if (!conform) return;
      const { passed, failed, skipped } = conform;
      out(`${laws ? "" : "\n"}checks: ${passed} passed, ${failed} failed, ${skipped} skipped`);
    },
  };
}

/** One object at the end; what has been done so far goes to stderr. */
export function jsonPrinter({ out, err }: Streams): ProofPrinter {
  return {
    law: ({ law, result }) => err(`${result} ${law}`),
    check: ({ id, result }) => err(`${result} ${id}`),
    end: (proved) => out(JSON.stringify(proved, plain, 2)),
  };
}

/** Exact integers and bytes as texts: JSON has neither. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
