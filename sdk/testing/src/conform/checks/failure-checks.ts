import type { SimFault } from "@mapperkit/sim-plant";
import { twinTextOf } from "../../bench/twin-text.ts";
import type { Check } from "../check.ts";
import type { Stage } from "../stage.ts";

export const failureChecks: readonly Check[] = [
  {
    id: "failure-silent",
    group: "failure",
    claim: "a silent device is offline within a minute; its values are kept, and Bad for a reason",
    needs: ["plant"],
    run: (stage) => goesBad(stage, { kind: "silent" }, true),
  },
  {
    id: "failure-away",
    group: "failure",
    claim:
      "a device that is away is offline within a minute; its values are kept, and Bad for a reason",
    needs: ["plant"],
    run: (stage) => goesBad(stage, { kind: "restart", for: "1h" }, true),
  },
  {
    id: "failure-busy",
    group: "failure",
    claim: "busy is no value: what was reported is kept and is no longer good",
    needs: ["plant"],
    run: (stage) => goesBad(stage, { kind: "busy" }, false),
  },
  {
    id: "failure-exception",
    group: "failure",
    claim: "an exception is no value: what was reported is kept and is no longer good",
    needs: ["plant"],
    run: (stage) => goesBad(stage, { kind: "exception", code: 2 }, false),
  },
  {
    id: "failure-quality",
    group: "failure",
    claim: "a sensor that says that it is broken gives no good value, the others do",
    needs: ["plant"],
    async run(stage) {
      await stage.misreported(30_000);
      for (const property of stage.readable) {
        const undo = stage.plant.inject({ kind: "quality", property, quality: "Bad" });
        if (!(await stage.within(10_000, () => stage.good(property) === undefined))) {
          return `${property} is still reported as ${stage.good(property)}`;
        }
        undo();
        if (!(await stage.within(10_000, () => stage.good(property) !== undefined))) {
          return `${property} did not become good again`;
        }
      }
      return undefined;
    },
  },
  {
    id: "failure-cut",
    group: "failure",
    claim: "an answer that is cut short is never a value",
    needs: ["plant"],
    run: (stage) => neverInvents(stage, { kind: "truncate" }),
  },
  {
    id: "failure-late",
    group: "failure",
    claim: "an answer that comes after 7 s is never taken for another's",
    needs: ["plant"],
    run: (stage) => neverInvents(stage, { kind: "latency", ms: 7000, p: 0.5 }),
  },
  {
    id: "failure-flaky",
    group: "failure",
    claim: "where every fifth answer is missing, nothing is invented",
    needs: ["plant"],
    run: (stage) => neverInvents(stage, { kind: "silent", p: 0.2 }),
  },
];

/** The values of before are kept, and none of them is called good; those of a device that is away are Bad. */
async function goesBad(
  stage: Stage,
  fault: SimFault,
  isAway: boolean,
): Promise<string | undefined> {
  const wrong = await stage.misreported(30_000);
  if (wrong !== undefined) return wrong;
  const before = stage.readable.map((name) => stage.actual(name)?.value);
  stage.plant.inject(fault);
  const good = () => stage.readable.find((name) => stage.good(name) !== undefined);
  await stage.within(60_000, () => good() === undefined);
  const name = good();
  if (name !== undefined) return `${name} is still good after a minute`;
  const changed = stage.readable.find((one, index) => stage.actual(one)?.value !== before[index]);
  if (changed !== undefined) return `${changed} was reported as ${stage.actual(changed)?.value}`;
  const vague = stage.readable.find((one) => {
    const { quality, reason } = stage.actual(one)?.metadata ?? {};
    return quality !== "Bad" || typeof reason !== "string";
  });
  if (isAway && vague !== undefined) {
    const { quality, reason } = stage.actual(vague)?.metadata ?? {};
    return `${vague} is ${quality} (${reason}), expected Bad and why`;
  }
  const state = () => stage.link.state(stage.id);
  if (!isAway || (await stage.within(60_000, () => state() === "offline"))) return undefined;
  return `its state is ${state() ?? "unknown"}`;
}

/** Whatever is reported as good was once shown by the device; and in the end all is true again. */
async function neverInvents(stage: Stage, fault: SimFault): Promise<string | undefined> {
  const shown = new Map(stage.readable.map((name) => [name, new Set([stage.truth(name)])]));
  let wrong: string | undefined;
  const stop = stage.link.listen(() => {
    for (const [name, texts] of shown) {
      const good = stage.good(name);
      if (good !== undefined && !texts.has(good)) wrong ??= `${name} was reported as ${good}`;
    }
  });
  const undo = stage.plant.inject(fault);
  for (let round = 0; round < 6 && wrong === undefined; round += 1) {
    for (const property of stage.subject.readable) {
      const value = stage.turn(property, `invents ${round} ${property.name}`);
      shown.get(property.name)?.add(twinTextOf(value));
    }
    await stage.pass(10_000);
  }
  undo();
  stop();
  return wrong ?? (await stage.misreported(120_000));
}
