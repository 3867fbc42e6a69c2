import { readFileSync } from "node:fs";

const own = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** What a new project depends on, exactly. Our packages are released together with this one. */
export const versions = {
  mapperkit: own.version,
  zod: "4.6.7",
  yaml: "2.9.1",
  typescript: "7.0.2",
  nodeTypes: "24.19.2",
  node: "24.21.0",
} as const;
