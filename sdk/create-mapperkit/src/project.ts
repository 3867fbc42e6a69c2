import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Answers, UsageError } from "./options.ts";
import { versions } from "./versions.ts";

export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

const TEMPLATES = new URL("../template/", import.meta.url);

/**
 * Where each file of a template goes. The templates' names end in `.txt` so that nothing takes them
 * for code of this package, and have no dot first so that npm packs them.
 */
const SHARED: Readonly<Record<string, string>> = {
  "tsconfig.json.txt": "tsconfig.json",
  "npmrc.txt": ".npmrc",
  "gitignore.txt": ".gitignore",
  "manifests.ts.txt": "src/manifests.ts",
};
const OWN: Readonly<Record<string, string>> = {
  "package.json.txt": "package.json",
  "README.md.txt": "README.md",
  "devices/device.yaml.txt": "devices/{{device}}.yaml",
  "src/mapper.ts.txt": "src/{{name}}.mapper.ts",
  "src/model.ts.txt": "src/{{name}}.model.ts",
  "src/sim.ts.txt": "src/{{name}}.sim.ts",
  "src/demo.ts.txt": "src/demo.ts",
  "src/mapper.test.ts.txt": "src/{{name}}.test.ts",
};

/** Protocols that have a mapper already: their projects hold a device. Others hold a mapper too. */
const KNOWN_PROTOCOLS: ReadonlySet<string> = new Set(["modbus"]);

/** The files of a new project. */
export function projectFiles(answers: Answers): ProjectFile[] {
  const { name, protocol } = answers;
  const words = { ...answers, ...versions, camel: camelCase(name) };
  const template = KNOWN_PROTOCOLS.has(protocol) ? protocol : "lines";
  const filesOf = (folder: string, places: Readonly<Record<string, string>>) =>
    Object.entries(places).map(([from, to]) => ({
      path: fill(to, words),
      text: fill(readFileSync(new URL(`${folder}/${from}`, TEMPLATES), "utf8"), words),
    }));
  return [...filesOf("shared", SHARED), ...filesOf(template, OWN)];
}

/** Writes a new project. @throws UsageError when the folder holds something, or cannot be written */
export function writeProject(folder: string, files: readonly ProjectFile[]): void {
  try {
    if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0)) {
      throw new UsageError(`${folder} is not an empty folder: choose another one`);
    }
    for (const { path, text } of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${folder} cannot be written: ${(error as Error).message}`);
  }
}

function fill(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, word: string) => words[word] ?? whole);
}

function camelCase(name: string): string {
  return name.replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());
}
