import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MapperkitError } from "@mapperkit/api";
import type { Mapper } from "@mapperkit/sdk";

/** The mapper that a file exports as default. @throws MapperkitError `invalid_input` naming the file */
export async function loadMapper(file: string): Promise<Mapper> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new MapperkitError("invalid_input", `${file}: no such file`);
  }
  const module = await importFile(file, path);
  if (typeof module.default?.run !== "function") {
    throw new MapperkitError(
      "invalid_input",
      `${file}: expected a mapper as default export, such as \`export default defineMapper({…})\``,
    );
  }
  return module.default;
}

async function importFile(file: string, path: string): Promise<{ default?: Mapper }> {
  try {
    return (await import(pathToFileURL(path).href)) as { default?: Mapper };
  } catch (cause) {
    const [why = ""] = (
      cause instanceof Error ? `${cause.name}: ${cause.message}` : `${cause}`
    ).split("\n");
    throw new MapperkitError("invalid_input", `${file} cannot be loaded: ${why}`, { cause });
  }
}
