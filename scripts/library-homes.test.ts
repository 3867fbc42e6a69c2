import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** The folders that know a library; for everybody else it is behind a port. Tests may use any. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  "better-sqlite3": [
    "edgecore/src/database/",
    "edgecore/src/eventbus/",
    "simulators/kubernetes/src/store/",
  ],
  "@marcbachmann/cel-js": ["simulators/kubernetes/src/schema/"],
  "@peculiar/x509": [
    "sdk/runtime/src/certificates/",
    "cloudcore/src/certificates/",
    "edgecore/src/join/",
  ],
  aedes: ["edgecore/src/eventbus/"],
  mqtt: ["sdk/mapper/src/twin-link/", "edgecore/src/eventbus/", "cli/src/edge/"],
  pino: ["sdk/runtime/src/log/"],
  re2js: ["simulators/kubernetes/src/schema/", "mappers/serial/src/config/"],
  ws: ["cloudcore/src/cloudhub/", "edgecore/src/edgehub/"],
  yargs: ["cli/src/"],
};

const sources = globSync("{sdk/*,mappers/*,simulators/*,cloudcore,edgecore,cli}/src/**/*.ts", {
  cwd: root,
}).filter((file) => !/\.(test|fake)\.ts$|\/(testing|fixtures)\//.test(file));

for (const [library, homes] of Object.entries(HOMES)) {
  test(`${library} is known only in ${homes.join(", ")}`, () => {
    const imported = new RegExp(`(from|import\\()\\s*"${library}(/[^"]*)?"`);
    const strangers = sources
      .filter((file) => imported.test(readFileSync(resolve(root, file), "utf8")))
      .filter((file) => !homes.some((home) => file.startsWith(home)));
    assert.deepEqual(strangers, []);
  });
}
