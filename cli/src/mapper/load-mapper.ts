import { MapperkitError } from "@mapperkit/api";
import type { Mapper } from "@mapperkit/sdk";
import { importFile } from "./import-file.ts";

/** The mapper that a file exports as default. @throws MapperkitError `invalid_input` naming the file */
export async function loadMapper(file: string): Promise<Mapper> {
  const { default: mapper } = await importFile(file);
  if (isMapper(mapper)) return mapper;
  throw new MapperkitError(
    "invalid_input",
    `${file}: expected a mapper as default export, such as \`export default defineMapper({…})\``,
  );
}

function isMapper(value: unknown): value is Mapper {
  return typeof (value as Mapper | undefined)?.run === "function";
}
