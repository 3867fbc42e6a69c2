import { valueOfTwinText } from "../../bench/twin-text.ts";
import type { Check } from "../check.ts";

export const reportingChecks: readonly Check[] = [
  {
    id: "reporting-types",
    group: "reporting",
    claim: "what is reported is of the model's type and within its bounds",
    async run(stage) {
      await stage.within(30_000, () =>
        stage.readable.every((name) => stage.good(name) !== undefined),
      );
      for (const { name, definition, kind } of stage.subject.readable) {
        const text = stage.good(name);
        if (text === undefined) return `${name} is not reported`;
        const value = valueOfTwinText(definition, text);
        if (value === undefined) return `${name} is "${text}", not of type ${definition.type}`;
        if (kind !== "number" && kind !== "bigint") continue;
        const { minimum = -Infinity, maximum = Infinity } = definition;
        const isInside = Number(value) >= Number(minimum) && Number(value) <= Number(maximum);
        if (!Array.isArray(value) && !isInside) return `${name} is ${text}, outside its bounds`;
      }
      return undefined;
    },
  },
  {
    id: "reporting-times",
    group: "reporting",
    claim: "samples carry the time at which they were gathered, and later ones later times",
    async run(stage) {
      const startMs = stage.clock.now();
      await stage.within(30_000, () => stage.readable.every((name) => stage.actual(name)));
      const first = stage.readable.map((name) => stage.actual(name)?.metadata?.timestamp ?? 0);
      await stage.pass(5000);
      const wrong = stage.readable.find((name, index) => {
        const later = stage.actual(name)?.metadata?.timestamp ?? 0;
        const earlier = first[index] ?? 0;
        return earlier < startMs - 1000 || later < earlier || later > stage.clock.now();
      });
      return wrong && `the times of ${wrong} are not those of its samples`;
    },
  },
  {
    id: "reporting-fresh",
    group: "reporting",
    claim: "an unchanged value is reported anew within ten of its cycles",
    async run(stage) {
      await stage.within(30_000, () => stage.readable.every((name) => stage.actual(name)));
      const since = stage.clock.now();
      const old = () =>
        stage.readable.find((name) => (stage.actual(name)?.metadata?.timestamp ?? 0) <= since);
      const longestMs = 10 * stage.longestCycleMs;
      if (await stage.within(longestMs, () => old() === undefined)) return undefined;
      return `${old()} was not, in ${longestMs / 1000} s`;
    },
  },
  {
    id: "reporting-edge-away",
    group: "reporting",
    claim: "what changed while the edge was away is reported when it is back",
    needs: ["plant"],
    async run(stage) {
      await stage.misreported(30_000);
      stage.link.setUp(false);
      for (const property of stage.subject.readable) {
        stage.turn(property, "edge away");
      }
      await stage.pass(10_000);
      stage.link.setUp(true);
      return await stage.misreported(60_000);
    },
  },
  {
    id: "reporting-removed",
    group: "reporting",
    claim: "a device that is removed is let go of: nothing more is sent to it",
    async run(stage) {
      await stage.pass(5000);
      stage.link.remove(stage.id);
      await stage.pass(3000);
      const before = stage.transcript.entries.length;
      await stage.pass(5000);
      const later = stage.transcript.entries.slice(before).find(({ what }) => what === "sent");
      if (later) return "requests went on";
      return stage.openConnections === 0 ? undefined : "its connection is still open";
    },
  },
];
