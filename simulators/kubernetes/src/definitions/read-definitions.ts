import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

const KIND = "CustomResourceDefinition";
const FILES = /\.(?:ya?ml|json)$/;

const definition = z.looseObject({
  kind: z.literal(KIND),
  metadata: z.looseObject({ name: z.string().min(1) }),
});

/** A CustomResourceDefinition as far as sending it needs to know. */
export type GivenDefinition = z.infer<typeof definition>;

/**
 * The definitions among `sources`: objects, paths of YAML files, or of folders of such files.
 * Other kinds in a file are passed over, so that a whole manifest may be named.
 * @throws MapperkitError `invalid_input` naming the source
 */
export async function readDefinitions(
  sources: readonly (object | string)[],
): Promise<GivenDefinition[]> {
  const found: GivenDefinition[] = [];
  for (const source of sources) {
    if (typeof source !== "string") found.push(check(source, "crds"));
    else for (const file of await filesOf(source)) found.push(...(await readFileOf(file)));
  }
  return found;
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => FILES.test(name)).sort();
    return names.map((name) => join(path, name));
  } catch (cause) {
    throw new MapperkitError("invalid_input", `crds: ${path} cannot be read`, { cause });
  }
}

async function readFileOf(file: string): Promise<GivenDefinition[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new MapperkitError("invalid_input", `crds: ${file} cannot be read`, { cause });
  });
  const documents = parseAllDocuments(text, { version: "1.1" }).map((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) {
      throw new MapperkitError("invalid_input", `crds: ${file}: ${fault.message}`);
    }
    return document.toJS() as unknown;
  });
  const definitions = documents.filter(
    (document) => (document as { kind?: unknown } | null)?.kind === KIND,
  );
  if (definitions.length === 0) {
    throw new MapperkitError("invalid_input", `crds: there is no ${KIND} in ${file}`);
  }
  return definitions.map((document) => check(document, file));
}

function check(value: unknown, where: string): GivenDefinition {
  const result = definition.safeParse(value);
  if (result.success) return result.data;
  const why = z.prettifyError(result.error);
  throw new MapperkitError("invalid_input", `${where}: not a ${KIND}:\n${why}`);
}
