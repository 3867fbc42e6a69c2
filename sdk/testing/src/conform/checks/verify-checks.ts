import { twinTextOf } from "../../bench/twin-text.ts";
import type { Check } from "../check.ts";
import type { Stage } from "../stage.ts";
import { eachWrite } from "./write-checks.ts";

/** Applied is a claim about the device: it must not be made while the device does not hold the value. */
export const verifyChecks: readonly Check[] = [
  {
    id: "verify-refusal",
    group: "verify",
    claim: "what the device refuses is not Applied, and the reason is told",
    needs: ["write", "plant"],
    run: (stage) => refusedBy(stage, { kind: "exception", code: 3 }, "Rejected"),
  },
  {
    id: "verify-busy",
    group: "verify",
    claim: "what a busy device did not take is not Applied",
    needs: ["write", "plant"],
    run: (stage) => refusedBy(stage, { kind: "busy" }, undefined),
  },
  {
    id: "verify-silent",
    group: "verify",
    claim: "what a silent device did not take is not Applied, and is when it is back",
    needs: ["write", "plant"],
    run: (stage) => appliedAfter(stage, "silent"),
  },
  {
    id: "verify-dropped",
    group: "verify",
    claim: "a write whose connection is dropped is made when the device is back",
    needs: ["write", "plant"],
    run: (stage) => appliedAfter(stage, "drop"),
  },
  {
    id: "verify-cut-answer",
    group: "verify",
    claim: "a write whose answer is cut short is Applied in the end",
    needs: ["write", "plant"],
    run: (stage) => appliedAfter(stage, "truncate"),
  },
  {
    id: "verify-lost-power",
    group: "verify",
    claim: "a device that lost power is given again what was Applied",
    needs: ["write", "plant"],
    async run(stage) {
      const wrong = await eachWrite(stage, stage.settable, async () => undefined);
      if (wrong !== undefined) return wrong;
      const held = stage.settable.map(({ name }) => [name, stage.truth(name)] as const);
      stage.plant.inject({ kind: "restart", for: "10s" });
      const lost = () => held.find(([name, text]) => stage.truth(name) !== text);
      await stage.pass(20_000);
      if (await stage.within(120_000, () => lost() === undefined)) return undefined;
      const [name = "", text = ""] = lost() ?? [];
      return `${name} was ${text}, is ${stage.truth(name)}`;
    },
  },
];

async function refusedBy(
  stage: Stage,
  fault: { kind: "busy" } | { kind: "exception"; code: number },
  phase: "Rejected" | undefined,
): Promise<string | undefined> {
  await stage.pass(2000);
  const undo = stage.plant.inject(fault);
  for (const property of stage.writable) {
    const outcome = await stage.write(property.name, stage.other(property, "refused"), 10_000);
    const became = outcome?.phase ?? "nothing";
    const isWrong = phase ? became !== phase : became === "Applied";
    if (isWrong) return `${property.name} became ${became} while the device said ${fault.kind}`;
    if (phase && !outcome?.message) return `${property.name} was Rejected without a word`;
  }
  undo();
  return undefined;
}

async function appliedAfter(
  stage: Stage,
  kind: "silent" | "drop" | "truncate",
): Promise<string | undefined> {
  await stage.pass(2000);
  for (const property of stage.settable) {
    const { name } = property;
    const text = twinTextOf(stage.other(property, kind));
    const undo = stage.plant.inject({ kind });
    const outcome = stage.desire(name, text);
    await stage.pass(15_000);
    const early = outcome()?.phase;
    if (early === "Applied" && stage.truth(name) !== text) {
      return `${name} was Applied while the device, ${kind}, held ${stage.truth(name)}`;
    }
    undo();
    await stage.within(120_000, () => outcome()?.phase === "Applied");
    const late = outcome()?.phase ?? "nothing";
    if (late !== "Applied") return `${name} was ${late} two minutes after`;
    if (stage.truth(name) !== text)
      return `${name} was Applied, but the device holds ${stage.truth(name)}`;
  }
  return undefined;
}
