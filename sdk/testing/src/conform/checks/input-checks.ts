import type { Check } from "../check.ts";
import type { Stage } from "../stage.ts";

export const inputChecks: readonly Check[] = [
  {
    id: "bad-input-config",
    group: "bad-input",
    claim: "a device whose address is nonsense ends nothing and holds up no other",
    needs: ["plant"],
    async run(stage) {
      const nonsense = { host: 17, port: "seven", path: { is: "no text" } };
      const id = stage.announce({ name: "nonsense", configData: nonsense });
      await stage.pass(10_000);
      if (stage.link.state(id) === "online") return "it is online";
      return await stage.misreported(10_000);
    },
  },
  {
    id: "bad-input-readonly",
    group: "bad-input",
    claim: "a value desired of what can only be read is Rejected, and nothing is written",
    needs: ["plant"],
    run: (stage) =>
      rejects(
        stage,
        stage.subject.properties
          .filter(({ isWritable }) => !isWritable)
          .map(({ name }) => [name, "1"]),
      ),
  },
  {
    id: "bad-input-type",
    group: "bad-input",
    claim: "a text desired of a number is Rejected, and nothing is written",
    needs: ["plant", "write"],
    run: (stage) =>
      rejects(
        stage,
        numbers(stage).map(({ name }) => [name, "warm"]),
      ),
  },
  {
    id: "bad-input-range",
    group: "bad-input",
    claim: "a value outside the model's bounds is Rejected, and nothing is written",
    needs: ["plant", "write"],
    run: (stage) =>
      rejects(
        stage,
        numbers(stage).flatMap(({ name, definition: { minimum, maximum } }) => [
          ...(minimum === undefined ? [] : [[name, String(Number(minimum) - 1)] as const]),
          ...(maximum === undefined ? [] : [[name, String(Number(maximum) + 1)] as const]),
        ]),
      ),
  },
  {
    id: "bad-input-empty",
    group: "bad-input",
    claim: "an empty desired value is none: nothing is written",
    needs: ["plant", "write"],
    async run(stage) {
      await stage.pass(2000);
      for (const { name } of stage.writable) stage.desire(name, "");
      await stage.pass(10_000);
      const [written] = stage.plant.writes;
      return written && `${written.property} was written`;
    },
  },
];

function numbers(stage: Stage): Stage["writable"] {
  return stage.writable.filter(({ kind }) => kind === "number" || kind === "bigint");
}

async function rejects(
  stage: Stage,
  desired: readonly (readonly [name: string, text: string])[],
): Promise<string | undefined> {
  await stage.pass(2000);
  for (const [name, text] of desired) {
    const outcome = stage.desire(name, text);
    await stage.within(10_000, () => outcome()?.phase === "Rejected");
    const [written] = stage.plant.writes;
    if (written) return `${written.property} was written, though ${name} = ${text} is not allowed`;
    const phase = outcome()?.phase ?? "nothing";
    if (phase !== "Rejected") return `${name} = ${text} became ${phase}`;
  }
  return undefined;
}
