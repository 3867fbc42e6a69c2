import { twinTextOf } from "../../bench/twin-text.ts";
import type { Check } from "../check.ts";
import type { Stage } from "../stage.ts";

export const writeChecks: readonly Check[] = [
  {
    id: "write-applied",
    group: "write",
    claim: "a value that the model allows is Applied",
    needs: ["write"],
    run: (stage) =>
      eachWrite(stage, stage.writable, async ({ name, value, outcome }) => {
        if (outcome?.phase === "Applied") return undefined;
        const { phase = "nothing", reason = "", message = "" } = outcome ?? {};
        return `${name} = ${twinTextOf(value)} became ${phase} ${reason} ${message}`.trim();
      }),
  },
  {
    id: "write-held",
    group: "write",
    claim: "what is Applied is held by the device",
    needs: ["write", "plant"],
    run: (stage) =>
      eachWrite(stage, stage.settable, async ({ name, value }) => {
        if (stage.truth(name) === twinTextOf(value)) return undefined;
        return `${name} = ${twinTextOf(value)}, but the device holds ${stage.truth(name)}`;
      }),
  },
  {
    id: "write-arrives",
    group: "write",
    claim: "what is Applied arrived at the device as it was desired",
    needs: ["write", "plant"],
    run: (stage) =>
      eachWrite(stage, stage.writable, async ({ name, value, writes }) => {
        const property = stage.subject.property(name);
        const others = [1, 2, 3, 4].map((round) => stage.other(property, `arrives ${round}`));
        const second = others.find((other) => twinTextOf(other) !== twinTextOf(value)) ?? value;
        await stage.write(name, second);
        const arrived = stage.plant.writes.slice(writes).filter((one) => one.property === name);
        const texts = arrived.map((one) => twinTextOf(one.value));
        const missing = [value, second].map(twinTextOf).find((text) => !texts.includes(text));
        return missing && `${name} = ${missing}, but ${texts.join(" and ") || "nothing"} arrived`;
      }),
  },
  {
    id: "write-shown",
    group: "write",
    claim: "what is Applied is reported within four cycles",
    needs: ["write"],
    run: (stage) =>
      eachWrite(stage, readableOf(stage), async ({ name, value }) => {
        const isShown = () => stage.good(name) === twinTextOf(value);
        if (await stage.within(4000, isShown)) return undefined;
        return `${name} = ${twinTextOf(value)}, but reported is ${stage.good(name) ?? "nothing good"}`;
      }),
  },
  {
    id: "write-bounds",
    group: "write",
    claim: "the least and the greatest allowed value are Applied and held",
    needs: ["write", "plant"],
    async run(stage) {
      await stage.pass(2000);
      for (const { name, definition } of stage.settable) {
        for (const bound of [definition.minimum, definition.maximum]) {
          if (bound === undefined) continue;
          const outcome = await stage.write(name, bound);
          if (outcome?.phase !== "Applied") return `${name} = ${bound} became ${outcome?.phase}`;
          if (stage.truth(name) !== String(bound))
            return `${name} = ${bound} is ${stage.truth(name)}`;
        }
      }
      return undefined;
    },
  },
  {
    id: "write-once",
    group: "write",
    claim: "one desired value is written once",
    needs: ["write", "plant"],
    run: (stage) =>
      eachWrite(stage, stage.writable, async ({ name, writes }) => {
        await stage.pass(5000);
        const count = stage.plant.writes.length - writes;
        return count === 1 ? undefined : `${name} was written ${count} times`;
      }),
  },
  {
    id: "write-alone",
    group: "write",
    claim: "a write changes no other property",
    needs: ["write", "plant", "two-properties"],
    run: (stage) =>
      eachWrite(stage, stage.settable, async ({ name, before, writes }) => {
        const stray = stage.plant.writes.slice(writes).find(({ property }) => property !== name);
        if (stray) return `the write of ${name} also wrote ${stray.property}`;
        const changed = [...before].find(
          ([other, text]) => other !== name && stage.truth(other) !== text,
        );
        return changed && `the write of ${name} changed ${changed[0]} from ${changed[1]}`;
      }),
  },
  {
    id: "write-equal",
    group: "write",
    claim: "a value that is held already is not written again",
    needs: ["write", "plant"],
    run: (stage) =>
      eachWrite(stage, stage.settable, async ({ name, value }) => {
        const count = stage.plant.writes.length;
        const again = await stage.write(name, value);
        if (stage.plant.writes.length > count) return `${name} was written again`;
        return again?.phase === "Applied"
          ? undefined
          : `${name} became ${again?.phase ?? "nothing"}`;
      }),
  },
  {
    id: "write-restart",
    group: "write",
    claim: "a mapper that starts again does not write again",
    needs: ["write", "plant"],
    async run(stage) {
      const wrong = await eachWrite(stage, stage.settable, async () => undefined);
      if (wrong !== undefined) return wrong;
      const count = stage.plant.writes.length;
      await stage.theatre.stopMapper();
      await stage.theatre.startMapper();
      await stage.pass(30_000);
      const again = stage.plant.writes[count];
      return again && `${again.property} was written again`;
    },
  },
  {
    id: "write-latest",
    group: "write",
    claim: "of two values desired at once the device holds the later one",
    needs: ["write", "plant"],
    async run(stage) {
      for (const property of stage.settable) {
        stage.desire(property.name, twinTextOf(stage.other(property, "first")));
        const last = stage.other(property, "second");
        await stage.write(property.name, last);
        await stage.pass(2000);
        const held = stage.truth(property.name);
        if (held !== twinTextOf(last))
          return `${property.name} holds ${held}, not ${twinTextOf(last)}`;
      }
      return undefined;
    },
  },
];

interface Written {
  readonly name: string;
  readonly value: unknown;
  readonly outcome: Awaited<ReturnType<Stage["write"]>>;
  /** Writes that the device had taken before. */
  readonly writes: number;
  readonly before: ReadonlyMap<string, string>;
}

/** Writes each property and judges what came of it. */
export async function eachWrite(
  stage: Stage,
  properties: Stage["writable"],
  judge: (written: Written) => Promise<string | undefined>,
): Promise<string | undefined> {
  await stage.within(5000, () => stage.readable.every((name) => stage.actual(name)));
  for (const property of properties) {
    const { name } = property;
    const writes = stage.maybePlant?.writes.length ?? 0;
    const before = new Map(
      stage.maybePlant?.properties.map((other) => [other.name, stage.truth(other.name)]),
    );
    const value = stage.other(property, `write ${name}`);
    const outcome = await stage.write(name, value);
    const wrong = await judge({ name, value, outcome, writes, before });
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function readableOf(stage: Stage): Stage["writable"] {
  return stage.settable.filter(({ name }) => stage.readable.includes(name));
}
