import { accessSync, constants, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { MapperkitError } from "@mapperkit/api";

/** Where a system's state lives: `--data`, else MAPPERKIT_DATA, else `.mapperkit` in the working folder. */
export function dataFolder(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return resolve(flag ?? env.MAPPERKIT_DATA ?? ".mapperkit");
}

/** Makes the folder. @throws MapperkitError `invalid_input` with one line that says what to do. */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new MapperkitError(
      "invalid_input",
      `cannot write to ${folder}: choose another folder with --data or MAPPERKIT_DATA`,
      { cause },
    );
  }
}
