import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { MapperkitError } from "@mapperkit/api";

/** Where a system's state lives: `--data`, else MAPPERKIT_DATA, else `.mapperkit` in the working folder. */
export function dataFolder(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return resolve(flag ?? env.MAPPERKIT_DATA ?? ".mapperkit");
}

/** Makes the folder. @throws MapperkitError `invalid_input` with one line that says what to do. */
export function makeDataFolder(folder: string): void {
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new MapperkitError(
      "invalid_input",
      `cannot write to ${folder}: choose another folder with --data or MAPPERKIT_DATA`,
      { cause },
    );
  }
}

/** mkdirSync's `recursive` never returns where the file system answers ENOENT, as /proc does. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}
