import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { readClientModels } from "./read-client-models.ts";

const HEADER = `// Made by src/core-schema/testing/write-core-docs.ts from the official client's declarations (Apache-2.0).
// biome-ignore-all format: one message a line
import type { MessageDocs } from "./message-docs.ts";

/** What the API reference says of each built-in message: a table, and exempt from the size of files. */
export const CORE_DOCS: Readonly<Record<string, MessageDocs>> = {
`;

/** The whole file: what is committed must equal it. */
export function coreDocsText(): string {
  const lines = Object.entries(readClientModels()).map(
    ([message, docs]) => `  ${JSON.stringify(message)}: ${JSON.stringify(docs)},\n`,
  );
  return `${HEADER}${lines.join("")}};\n`;
}

if (import.meta.main) {
  writeFileSync(resolve(import.meta.dirname, "../core-docs.ts"), coreDocsText());
}
