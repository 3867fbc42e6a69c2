import { createInterface } from "node:readline/promises";
import { MapperkitError } from "@mapperkit/api";
import type { Streams } from "../output/streams.ts";
import { storeFolder } from "./kubernetes-at-hand.ts";

export interface ResetFlags {
  data?: string | undefined;
  yes: boolean;
}

/** Forgets every object of a stopped stand-in, after a question. */
export async function resetKubernetes(flags: ResetFlags, { out }: Streams): Promise<void> {
  const { resetStore } = await import("@mapperkit/sim-kubernetes");
  const folder = storeFolder(flags.data);
  let isConfirmed = flags.yes;
  const forgotten = await resetStore(folder, async (objects) => {
    isConfirmed ||= await ask(`Delete all ${objects} objects in ${folder}? Type yes: `);
    return isConfirmed;
  });
  out(isConfirmed ? `${forgotten} objects deleted in ${folder}` : "nothing deleted");
}

async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new MapperkitError("invalid_input", "nobody can be asked here: say --yes");
  }
  using terminal = createInterface({ input: process.stdin, output: process.stderr });
  return (await terminal.question(question)).trim() === "yes";
}
