import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { completeAnswers, type Given, parseFlags, UsageError, usage } from "./options.ts";
import { projectFiles, writeProject } from "./project.ts";

export interface Surroundings {
  readonly input: Readable & { isTTY?: boolean };
  readonly output: Writable;
  readonly error: Writable;
  /** The folder in which the command runs. */
  readonly folder: string;
}

/** Runs the command and returns its exit code: 0 done, 2 usage or environment. */
export async function createMapper(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { output, error } = surroundings;
  try {
    const given = parseFlags(args);
    if (given === "help") output.write(usage);
    else await makeProject(given, surroundings);
    return 0;
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    error.write(`create-mapperkit: ${cause.message}\n`);
    return 2;
  }
}

/** Asks for what is not given, and writes the project. @throws UsageError in one line */
export async function makeProject(
  given: Given,
  { input, output, folder }: Omit<Surroundings, "error">,
): Promise<void> {
  const answers = await completeAnswers(given, { input, output });
  writeProject(join(folder, answers.folder), projectFiles(answers));
  output.write(`${answers.folder} holds a mapper for ${answers.protocol}. Next:

  cd ${answers.folder}
  npm install
  npm test
  npm start
`);
}
