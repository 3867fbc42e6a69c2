import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MapperkitError } from "@mapperkit/api";

/** Values of a device by property. */
export type PlantValues = Readonly<Record<string, unknown>>;

const VERSION = 1;

/** Where a device's values are kept. */
export function fileOf(folder: string, namespace: string, name: string): string {
  // Neither word has an underscore in Kubernetes.
  return join(folder, `${namespace}_${name}.json`);
}

/**
 * What was kept, or nothing where there is no file.
 * @throws MapperkitError `invalid_input` naming a file that cannot be read
 */
export async function readKept(file: string): Promise<PlantValues> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw unreadable(file, error);
  }
  try {
    const { version, values } = JSON.parse(text, revive);
    if (version === VERSION && typeof values === "object" && values !== null) return values;
  } catch (error) {
    throw unreadable(file, error);
  }
  throw unreadable(file, "it is no state of a virtual device");
}

/** Writes all at once: a loss of power leaves the old file or the new one. */
export async function keep(file: string, values: PlantValues): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const next = `${file}.next`;
  await writeFile(next, `${JSON.stringify({ version: VERSION, values }, replace)}\n`);
  await rename(next, file);
}

function replace(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { bigint: value.toString() } : value;
}

function revive(_key: string, value: unknown): unknown {
  const isBig = typeof value === "object" && value !== null && "bigint" in value;
  return isBig && typeof value.bigint === "string" ? BigInt(value.bigint) : value;
}

function unreadable(file: string, cause: unknown): MapperkitError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError(
    "invalid_input",
    `state ${file} cannot be read: ${why}; remove it to begin anew`,
    {
      cause,
      details: { file },
    },
  );
}
