import type { Check } from "../check.ts";
import type { Stage } from "../stage.ts";

export const shutdownChecks: readonly Check[] = [
  {
    id: "shutdown-ends",
    group: "shutdown",
    claim: "a mapper at work stops within 5 s and leaves no connection open",
    async run(stage) {
      await stage.pass(5000);
      return await stops(stage);
    },
  },
  {
    id: "shutdown-silent",
    group: "shutdown",
    claim: "a mapper that waits for a silent device stops within 5 s",
    needs: ["plant"],
    async run(stage) {
      await stage.pass(5000);
      stage.plant.inject({ kind: "silent" });
      await stage.pass(1500);
      return await stops(stage);
    },
  },
  {
    id: "shutdown-away",
    group: "shutdown",
    claim: "a mapper that waits for a device that is away stops within 5 s",
    needs: ["plant"],
    async run(stage) {
      stage.plant.inject({ kind: "restart", for: "1h" });
      await stage.pass(20_000);
      return await stops(stage);
    },
  },
  {
    id: "shutdown-quiet",
    group: "shutdown",
    claim: "a mapper that has stopped sends and dials nothing",
    async run(stage) {
      await stage.pass(3000);
      const wrong = await stops(stage);
      const before = stage.transcript.entries.length;
      await stage.pass(stage.maybePlant ? 60_000 : 3000);
      const later = stage.transcript.entries.slice(before).find(({ what }) => what !== "close");
      return wrong ?? (later && `something was ${later.what} afterwards`);
    },
  },
  {
    id: "shutdown-again",
    group: "shutdown",
    claim: "a mapper that was stopped can run again",
    async run(stage) {
      await stage.pass(2000);
      const wrong = await stops(stage);
      if (wrong !== undefined) return wrong;
      await stage.theatre.startMapper();
      const before = stage.clock.now();
      const isRead = () => stage.readable.every((name) => isNewer(stage, name, before));
      return (await stage.within(30_000, isRead)) ? undefined : "it reports nothing new";
    },
  },
];

async function stops(stage: Stage): Promise<string | undefined> {
  try {
    await stage.theatre.stopMapper();
  } catch (error) {
    return `it did not stop: ${error instanceof Error ? error.message : String(error)}`;
  }
  const open = stage.openConnections;
  return open === 0 ? undefined : `${open} connections are open`;
}

function isNewer(stage: Stage, name: string, than: number): boolean {
  return (stage.actual(name)?.metadata?.timestamp ?? 0) >= than;
}
