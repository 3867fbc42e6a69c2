import type { Check } from "../check.ts";

export const timingChecks: readonly Check[] = [
  {
    id: "timing-slow",
    group: "timing",
    claim: "a device that takes 80 ms for an answer is reported as it is",
    needs: ["plant"],
    async run(stage) {
      stage.plant.inject({ kind: "latency", ms: 80 });
      return await stage.misreported(30_000);
    },
  },
  {
    id: "timing-jitter",
    group: "timing",
    claim: "answers that take now 0, now 300 ms are each taken for the right request",
    needs: ["plant"],
    async run(stage) {
      stage.plant.inject({ kind: "latency", ms: 150, jitter: 60 });
      return await stage.misreported(30_000);
    },
  },
  ...[1, 2, 3].map(
    (bytes): Check => ({
      id: `timing-split-${bytes}`,
      group: "timing",
      claim: `answers that come in pieces of ${bytes} bytes say the same`,
      needs: ["plant"],
      async run(stage) {
        stage.plant.inject({ kind: "split", bytes });
        for (const property of stage.subject.readable) {
          stage.turn(property, `split ${bytes}`);
        }
        return await stage.misreported(30_000);
      },
    }),
  ),
  {
    id: "timing-neighbour",
    group: "timing",
    claim: "beside a silent device another keeps 95 % of its reads",
    needs: ["plant"],
    async run(stage) {
      const { id, plant } = await stage.second();
      const reads = () => stage.readable.reduce((sum, name) => sum + plant.readCount(name), 0);
      const inAMinute = async () => {
        const before = reads();
        await stage.pass(60_000);
        return reads() - before;
      };
      if (!(await stage.within(30_000, () => stage.link.state(id) === "online"))) {
        return "the other device is not online";
      }
      const usual = await inAMinute();
      stage.plant.inject({ kind: "silent" });
      await stage.pass(30_000);
      const beside = await inAMinute();
      return beside >= 0.95 * usual ? undefined : `${usual} reads in a minute became ${beside}`;
    },
  },
];
