import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import fc from "fast-check";
import { z } from "zod";
import { loadConfig } from "./load-config.ts";

const schema = z.object({
  name: z.string().default("n"),
  port: z.int().min(0).max(65_535).default(1),
  deep: z.object({ isOn: z.boolean().default(false), ratio: z.number().default(0.5) }).prefault({}),
});
// Text does not tell -0 from 0.
const ratio = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const settings = fc.record(
  {
    name: fc.string({ minLength: 1 }).filter((text) => !text.includes("\0")),
    port: fc.integer({ min: 0, max: 65_535 }),
    deep: fc.record({ isOn: fc.boolean(), ratio }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

function environmentOf(given: z.input<typeof schema>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  if (given.name !== undefined) env.APP_NAME = given.name;
  if (given.port !== undefined) env.APP_PORT = String(given.port);
  if (given.deep?.isOn !== undefined) env.APP_DEEP_IS_ON = String(given.deep.isOn);
  if (given.deep?.ratio !== undefined) env.APP_DEEP_RATIO = String(given.deep.ratio);
  return env;
}

test("each setting is the flag's, else the environment's, else the default", () => {
  fc.assert(
    fc.property(settings, settings, (flags, inEnv) => {
      const config = loadConfig(schema, { flags, env: environmentOf(inEnv), envPrefix: "APP" });
      const deep = { ...inEnv.deep, ...flags.deep };
      assert.deepEqual(config, schema.parse({ ...inEnv, ...flags, deep }));
    }),
  );
});

test("whatever the flags and the environment hold, it is a config or one line of bad input", () => {
  const anything = fc.oneof(fc.anything(), settings);
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.json());
  fc.assert(
    fc.property(
      fc.record({ name: anything, port: anything, deep: anything }, { requiredKeys: [] }),
      fc.dictionary(fc.string(), fc.anything(), { maxKeys: 2 }),
      fc.record({ APP_PORT: text, APP_DEEP_IS_ON: text, APP_DEEP_RATIO: text }),
      (known, more, env) => {
        try {
          const flags = { ...more, ...known };
          schema.parse(loadConfig(schema, { flags, env, envPrefix: "APP" }));
        } catch (error) {
          assert.ok(error instanceof MapperkitError, String(error));
          assert.equal(error.code, "invalid_input");
          assert.doesNotMatch(error.message, /[\n\r]/);
        }
      },
    ),
    { numRuns: 500 },
  );
});
