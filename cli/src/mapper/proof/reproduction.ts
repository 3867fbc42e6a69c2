import type { ProofFlags } from "./proof-flags.ts";

/** The command line that repeats one case of a law, or one check; it works where it is pasted. */
export function reproductionOf(
  command: "test" | "conform",
  flags: ProofFlags,
  seed: number,
  at: string,
): string {
  const words = ["mapperkit", "mapper", command, flags.mapper];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) words.push(name, value);
  };
  add("--sim", flags.sim);
  for (const file of flags.file ?? []) add("-f", file);
  add("--device", flags.device);
  for (const pair of flags.set ?? []) add("--set", pair);
  if (flags.target === "hw") add("--target", "hw");
  for (const names of flags["allow-write"] ?? []) add("--allow-write", names);
  add("--seed", String(seed));
  add("--at", at);
  return words.map(quoted).join(" ");
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
