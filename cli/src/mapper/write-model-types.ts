import { writeFileSync } from "node:fs";
import { MapperkitError } from "@mapperkit/api";
import type { Streams } from "../output/streams.ts";
import { modelTypes } from "./model-types.ts";
import { readManifests } from "./read-devices.ts";

/** Prints or writes TypeScript for the DeviceModels in some files. */
export function writeModelTypes(
  { files, out: file }: { files: string[]; out?: string | undefined },
  { out }: Streams,
): void {
  const { models } = readManifests(files);
  if (models.length === 0) {
    throw new MapperkitError("invalid_input", `no DeviceModel in ${files.join(", ")}`);
  }
  const text = modelTypes(models);
  if (file) writeFileSync(file, text);
  else out(text.trimEnd());
}
