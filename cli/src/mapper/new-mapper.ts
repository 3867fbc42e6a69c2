import { Writable } from "node:stream";
import { MapperkitError } from "@mapperkit/api";
import { makeProject, UsageError } from "create-mapperkit";
import type { Streams } from "../output/streams.ts";

export interface NewFlags {
  folder?: string | undefined;
  name?: string | undefined;
  protocol?: string | undefined;
  device?: string | undefined;
  yes?: boolean | undefined;
}

/**
 * Makes a project for a mapper in a folder of its own, as `npm create mapperkit@latest` does.
 * @throws MapperkitError `invalid_input` for a name that is none or a folder that is not empty
 */
export async function newMapper(
  { folder, name, protocol, device, yes = false }: NewFlags,
  streams: Streams,
): Promise<void> {
  // Questions are asked where there is somebody to ask; they end without a new line.
  const output = process.stdin.isTTY ? process.stdout : lineWriter(streams);
  const surroundings = { input: process.stdin, output, folder: process.cwd() };
  try {
    await makeProject({ folder, name, protocol, device, yes }, surroundings);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new MapperkitError("invalid_input", cause.message, { cause });
  }
}

function lineWriter({ out }: Streams): Writable {
  return new Writable({
    write(text, _encoding, done) {
      out(String(text).trimEnd());
      done();
    },
  });
}
