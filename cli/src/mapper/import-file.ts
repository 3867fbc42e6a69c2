import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MapperkitError } from "@mapperkit/api";

/**
 * What a file of TypeScript or JavaScript exports.
 * @throws MapperkitError `invalid_input` naming the file, with the first line of why
 */
export async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file);
  if (!existsSync(path)) throw new MapperkitError("invalid_input", `${file}: no such file`);
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const [why = ""] = (
      cause instanceof Error ? `${cause.name}: ${cause.message}` : `${cause}`
    ).split("\n");
    throw new MapperkitError("invalid_input", `${file} cannot be loaded: ${why}`, { cause });
  }
}
