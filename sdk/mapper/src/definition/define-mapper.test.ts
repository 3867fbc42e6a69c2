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

test("drivers of batches and blocks have the types that the author gave them too", () => {
  const visitor = z.object({ tag: z.string() });
  defineMapper({
    visitor,
    connect: async () => new Map<string, number>(),
    async readMany(session, ops) {
      // @ts-expect-error the visitor has no such field
      ops[0]?.visitor.tags satisfies unknown;
      return ops.map((op) => session.get(op.visitor.tag));
    },
  });
  defineMapper({
    config: z.object({ unit: z.number() }),
    visitor: z.object({ address: z.number() }),
    connect: async () => "session",
    address: ({ address }, type, { unit }) => {
      // @ts-expect-error types are the exact ones on the wire
      assert.ok(type !== "INT");
      return { unit, space: "holdingRegister", start: address };
    },
    limits: () => ({ maxBlock: { holdingRegister: 125 } }),
    readBlock: async (session, { length }) => new Uint8Array(session.length * length),
  });
});

test("devices are looked for where the driver can, and that it cannot is said", async () => {
  const base = { protocol: "typed", connect: async () => 1, read: async () => "1" };
  const seeing = defineMapper({
    ...base,
    async *discover({ config }) {
      yield { config: { ...config, port: 1 }, model: "lamp-model" };
    },
  });
  const found = await Array.fromAsync(seeing.discover({ config: { host: "a" } }));
  assert.deepEqual(found, [{ config: { host: "a", port: 1 }, model: "lamp-model" }]);
  await assert.rejects(Array.fromAsync(defineMapper(base).discover()), { code: "unsupported" });
});
