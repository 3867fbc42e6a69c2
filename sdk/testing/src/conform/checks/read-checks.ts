import { twinTextOf } from "../../bench/twin-text.ts";
import type { Check } from "../check.ts";
import type { Stage } from "../stage.ts";

const CYCLES_MS = 4000;

export const readChecks: readonly Check[] = [
  {
    id: "read-good",
    group: "read",
    claim: "every readable property has a good value within 30 s",
    async run(stage) {
      const missing = () => stage.readable.filter((name) => stage.good(name) === undefined);
      if (await stage.within(30_000, () => missing().length === 0)) return undefined;
      return `no good value of ${missing().join(", ")}`;
    },
  },
  {
    id: "read-true",
    group: "read",
    claim: "what is reported is what the device holds",
    needs: ["plant"],
    run: (stage) => stage.misreported(30_000),
  },
  {
    id: "read-follows",
    group: "read",
    claim: "a change in the device is reported within four cycles",
    needs: ["plant"],
    run: (stage) => show(stage, (property) => `follows ${property.name}`),
  },
  {
    id: "read-many",
    group: "read",
    claim: "ten different sets of values are each reported as they are",
    needs: ["plant"],
    async run(stage) {
      for (let round = 0; round < 10; round += 1) {
        const wrong = await show(stage, () => `many ${round}`);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    },
  },
  {
    id: "read-apart",
    group: "read",
    claim: "a change of one property changes the report of no other",
    needs: ["plant", "two-properties"],
    async run(stage) {
      const wrong = await stage.misreported(30_000);
      if (wrong !== undefined) return wrong;
      for (const property of stage.subject.readable) {
        stage.turn(property, "apart");
        const misreported = await stage.misreported(CYCLES_MS);
        if (misreported !== undefined) return `after a change of ${property.name}, ${misreported}`;
      }
      return undefined;
    },
  },
  {
    id: "read-rate",
    group: "read",
    claim: "every property is read in at least 90 % of its cycles",
    needs: ["plant"],
    async run(stage) {
      await stage.pass(5000);
      const before = stage.readable.map((name) => stage.plant.readCount(name));
      await stage.pass(60_000);
      const slow = stage.readable.findIndex(
        (name, index) => stage.plant.readCount(name) - (before[index] ?? 0) < 54,
      );
      const name = stage.readable[slow];
      if (name === undefined) return undefined;
      return `${name} was read ${stage.plant.readCount(name) - (before[slow] ?? 0)} times in 60 s`;
    },
  },
  {
    id: "read-only-reads",
    group: "read",
    claim: "while nothing is desired, nothing is written",
    needs: ["plant"],
    async run(stage) {
      await stage.pass(30_000);
      const [written] = stage.plant.writes;
      return written && `${written.property} was written as ${twinTextOf(written.value)}`;
    },
  },
];

type Property = Stage["subject"]["readable"][number];

/** Turns every property and looks whether that is reported. */
async function show(stage: Stage, labelOf: (property: Property) => string) {
  for (const property of stage.subject.readable) stage.turn(property, labelOf(property));
  return await stage.misreported(CYCLES_MS);
}
