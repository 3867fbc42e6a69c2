import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { defineMapper } from "./define-mapper.ts";

test("config, visitor and session have the types that the author gave them", () => {
  const mapper = defineMapper({
    protocol: "typed",
    config: z.object({ port: z.coerce.number() }),
    visitor: z.object({ query: z.string() }),
    connect: async ({ config }) => ({ port: config.port.toFixed() }),
    async read(session, { visitor }) {
      // @ts-expect-error the session has no such field
      session.host satisfies unknown;
      // @ts-expect-error nor has the visitor
      visitor.command satisfies unknown;
      return session.port + visitor.query.trim();
    },
    async write(session, { visitor }) {
      session.port satisfies string;
      visitor.query satisfies string;
    },
  });
  assert.equal(mapper.name, "typed");
});

test("a mapper without protocol is named after the model that it claims", () => {
  const claims = { model: "lamp-model" };
  const mapper = defineMapper({ claims, connect: async () => 1, read: async () => "1" });
  assert.equal(mapper.name, "lamp-model");
});
