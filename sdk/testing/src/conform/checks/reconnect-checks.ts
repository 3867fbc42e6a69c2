import { twinTextOf } from "../../bench/twin-text.ts";
import type { Check } from "../check.ts";

export const reconnectChecks: readonly Check[] = [
  ...(["silent", "drop", "restart", "truncate", "halfOpen", "refused"] as const).map(
    (kind): Check => ({
      id: `reconnect-${kind}`,
      group: "reconnect",
      claim: `a device that was ${kind} for 30 s is reported as it is within 90 s`,
      needs: ["plant"],
      async run(stage) {
        await stage.pass(5000);
        stage.plant.inject({ kind, for: "30s" });
        await stage.pass(30_000);
        const wrong = await stage.misreported(90_000);
        if (wrong !== undefined) return wrong;
        const state = stage.link.state(stage.id);
        return state === "online" ? undefined : `its state is ${state ?? "unknown"}`;
      },
    }),
  ),
  {
    id: "reconnect-many",
    group: "reconnect",
    claim: "after twenty outages there is one connection, and all is reported as it is",
    needs: ["plant"],
    async run(stage) {
      for (let round = 0; round < 20; round += 1) {
        stage.plant.inject({ kind: "restart", for: "500ms" });
        await stage.pass(10_000);
      }
      const wrong = await stage.misreported(90_000);
      const open = stage.openConnections;
      return wrong ?? (open === 1 ? undefined : `${open} connections are open`);
    },
  },
  {
    id: "reconnect-write",
    group: "reconnect",
    claim: "what was desired while the device was away is Applied when it is back",
    needs: ["plant", "write"],
    async run(stage) {
      await stage.pass(5000);
      for (const property of stage.settable) {
        stage.plant.inject({ kind: "restart", for: "20s" });
        await stage.pass(5000);
        const text = twinTextOf(stage.other(property, "away"));
        const outcome = stage.desire(property.name, text);
        await stage.pass(15_000);
        await stage.within(90_000, () => outcome()?.phase === "Applied");
        if (stage.truth(property.name) === text) continue;
        return `${property.name} = ${text} is ${outcome()?.phase ?? "nothing"}, the device holds ${stage.truth(property.name)}`;
      }
      return undefined;
    },
  },
];
