import { checkFinalState } from "./final-state.ts";
import { VirtualWorld } from "./virtual-world.ts";

const SETTLED_MS = 5_000;
/** Dialling anew, comparing, and the re-send of what was not answered. */
const RECOVERY_MS = 90_000;

export type Deed = "desired change" | "report" | "re-creation" | "deletion" | "move";
export type Harm = "cut" | "kill edge" | "kill cloudcore";

/** What one edge and one cloud came to when harm was done at the n-th chunk that followed the deed. */
export interface CutResult {
  readonly violations: readonly string[];
  /** Chunks that went over the link, up to the harm or to the end. */
  readonly chunks: number;
}

/**
 * Does the deed, does harm when the `at`-th chunk after it is about to arrive, mends all, and looks.
 * With more than there are, no harm is done.
 */
export async function cutAt(deed: Deed, harm: Harm, at: number): Promise<CutResult> {
  const world = new VirtualWorld(1, ["e1", "e2"]);
  try {
    world.startCloud();
    for (const node of ["e1", "e2"]) world.startEdge(node);
    world.kube.create("lamp", "e1", "d1");
    await world.pass(SETTLED_MS);
    let chunks = 0;
    world.onChunk = (node) => {
      if (node !== "e1") return "pass";
      chunks += 1;
      if (chunks !== at) return "pass";
      if (harm === "kill edge") world.killEdge("e1");
      if (harm === "kill cloudcore") world.killCloud();
      return "cut";
    };
    act(world, deed);
    await world.pass(SETTLED_MS);
    const done = chunks;
    await world.recover(RECOVERY_MS);
    await checkFinalState(world);
    return { violations: world.model.violations, chunks: done };
  } finally {
    world.end();
  }
}

function act(world: VirtualWorld, deed: Deed): void {
  const { kube } = world;
  if (deed === "desired change") kube.edit("lamp", { desired: "d2" });
  else if (deed === "move") kube.edit("lamp", { node: "e2", desired: "d2" });
  else if (deed === "report") world.station("e1").mapper.report("lamp");
  else kube.delete("lamp");
  if (deed === "re-creation") kube.create("lamp", "e1", "d2");
}
