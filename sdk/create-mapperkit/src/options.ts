import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { parseArgs } from "node:util";

/** What a new project is made of. */
export interface Answers {
  /** The folder, relative to where the command runs. */
  readonly folder: string;
  readonly name: string;
  /** The word by which devices name the protocol. */
  readonly protocol: string;
  /** The name of the example device. */
  readonly device: string;
}

/** A mistake of the person at the keyboard, in one line. */
export class UsageError extends Error {}

export const usage = `Makes a project for a mapper, with a simulator of its device and tests.

  npm create mapperkit@latest [folder] -- [--name NAME] [--protocol WORD] [--device NAME] [--yes]

  folder      where to put it; default: the name
  --name      of the mapper: lower-case letters, digits and dashes
  --protocol  the word by which devices name their protocol; default: the name. For modbus, which
              has a mapper already, the project holds a device; for any other word a mapper too
  --device    the example device; default: the name and -1
  --yes       takes the defaults and asks nothing
`;

/** What was said on the command line; the rest is asked, or taken as usual. */
export interface Given {
  readonly folder: string | undefined;
  readonly name: string | undefined;
  readonly protocol: string | undefined;
  readonly device: string | undefined;
  readonly yes: boolean;
}

const DEFAULT_NAME = "my-mapper";

/** @throws UsageError naming the flag that is not known or not usable */
export function parseFlags(args: readonly string[]): Given | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (positionals.length > 1) throw new UsageError(`"${positionals[1]}" is one folder too many`);
  const { name, protocol, device, yes = false } = values;
  return { folder: positionals[0], name, protocol, device, yes };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = { name: text, protocol: text, device: text, yes: flag, help: flag };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new UsageError(`${line}; see --help`);
  }
}

/** Takes what was given, asks for the rest where there is somebody to ask. @throws UsageError */
export async function completeAnswers(
  given: Given,
  streams: { readonly input: Readable & { isTTY?: boolean }; readonly output: Writable },
): Promise<Answers> {
  const ask = given.yes || !streams.input.isTTY ? undefined : asker(streams);
  const fallback = given.folder === undefined ? DEFAULT_NAME : lastPart(given.folder);
  try {
    const question = async (what: string, value: string | undefined, otherwise: string) =>
      value ?? ((await ask?.question(`${what} (${otherwise}): `)) || otherwise);
    const name = checkWord("name", await question("Name of the mapper", given.name, fallback));
    const protocol = await question("Protocol, modbus or one of your own", given.protocol, name);
    const device = await question("Example device", given.device, `${name}-1`);
    return {
      ...{ folder: given.folder ?? name, name },
      ...{ protocol: checkWord("protocol", protocol), device: checkWord("device", device) },
    };
  } finally {
    ask?.close();
  }
}

function asker({ input, output }: { input: Readable; output: Writable }) {
  return createInterface({ input, output });
}

function lastPart(folder: string): string {
  return folder.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

/** A word that Kubernetes, npm and a file name all take. */
function checkWord(flag: string, word: string): string {
  if (/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(word)) return word;
  throw new UsageError(
    `${flag} is ${JSON.stringify(word)}, must be up to 40 lower-case letters, digits and dashes, a letter first`,
  );
}
