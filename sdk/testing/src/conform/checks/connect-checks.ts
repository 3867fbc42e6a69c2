import type { Check } from "../check.ts";

const ONLINE_MS = 30_000;

export const connectChecks: readonly Check[] = [
  {
    id: "connect-online",
    group: "connect",
    claim: "a device that answers is online within 30 s",
    async run(stage) {
      const isOnline = () => stage.link.state(stage.id) === "online";
      if (await stage.within(ONLINE_MS, isOnline)) return undefined;
      return `after 30 s its state is ${stage.link.state(stage.id) ?? "unknown"}`;
    },
  },
  {
    id: "connect-late",
    group: "connect",
    claim: "a device that is switched on a minute after the mapper is online within two more",
    needs: ["plant"],
    starts: false,
    async run(stage) {
      stage.plant.inject({ kind: "restart", for: "60s" });
      await stage.theatre.startMapper();
      await stage.pass(60_000);
      return await stage.misreported(120_000);
    },
  },
  {
    id: "connect-once",
    group: "connect",
    claim: "one device is worked over one connection",
    async run(stage) {
      await stage.pass(10_000);
      const open = stage.openConnections;
      return open === 1 ? undefined : `after 10 s there are ${open}`;
    },
  },
  {
    id: "connect-patient",
    group: "connect",
    claim: "a device that is away for five minutes is dialled no more than a hundred times",
    needs: ["plant"],
    async run(stage) {
      await stage.pass(5000);
      const before = count(stage.transcript.entries);
      stage.plant.inject({ kind: "restart", for: "5m" });
      await stage.pass(300_000);
      const dialled = count(stage.transcript.entries) - before;
      return dialled <= 100 ? undefined : `it was dialled ${dialled} times`;
    },
  },
];

function count(entries: readonly { what: string }[]): number {
  return entries.filter(({ what }) => what === "open").length;
}
