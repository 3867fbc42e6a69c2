import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError, type ModelProperty } from "@mapperkit/api";
import { z } from "zod";
import { defineMapper } from "../definition/define-mapper.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { World } from "../fixtures/world.ts";

const names = ["a", "b", "c"];
const model: ModelProperty[] = names.map((name) => {
  return { name, type: "INT", accessMode: "ReadWrite" };
});
const announcement = announceLamp({
  model,
  properties: names.map((name) => ({ name, visitors: { configData: { tag: name } } })),
});
const LAMP = "default/lamp";

/** A mapper of one device that is a map, and what was asked of it. */
function createBatch() {
  const values = new Map<string, unknown>(names.map((name, i) => [name, i]));
  const reads: string[] = [];
  const writes: string[] = [];
  const mapper = defineMapper({
    protocol: "line",
    config: z.object({ port: z.number() }),
    visitor: z.object({ tag: z.string() }),
    connect: async () => values,
    async readMany(session, ops) {
      reads.push(ops.map(({ visitor }) => visitor.tag).join());
      return ops.map(({ visitor }) => session.get(visitor.tag));
    },
    async writeMany(session, ops) {
      writes.push(ops.map(({ property, value }) => `${property}=${value}`).join());
      return ops.map(({ visitor, value }) => {
        if (value === 13) return new MapperkitError("rejected", "13 brings bad luck");
        session.set(visitor.tag, value);
        return undefined;
      });
    },
  });
  return { mapper, values, reads, writes };
}

async function createBatchWorld() {
  const world = new World();
  const batch = createBatch();
  world.link.announce(announcement);
  await world.startMapper(batch.mapper);
  return { world, ...batch, link: world.link, clock: world.clock };
}

test("what is due together is one request, and one of them that fails is Bad alone", async () => {
  const { world, reads, values, link, clock } = await createBatchWorld();
  await using _ = world;
  await clock.advance(1500);
  assert.deepEqual(reads.slice(-1), ["a,b,c"]);
  values.set("b", new MapperkitError("rejected", "no", { details: { reason: "sensorFault" } }));
  await clock.advance(1000);
  const shown = names.map((name) => link.twin(LAMP, name)?.actual);
  assert.deepEqual(
    shown.map((actual) => [actual?.value, actual?.metadata?.quality, actual?.metadata?.reason]),
    [
      ["0", "Good", "ok"],
      ["1", "Bad", "sensorFault"],
      ["2", "Good", "ok"],
    ],
  );
  assert.equal(link.state(LAMP), "online");
});

test("what is desired together is written together, each with its own outcome", async () => {
  const { world, writes, link, clock } = await createBatchWorld();
  await using _ = world;
  await clock.advance(100);
  for (const [name, value] of Object.entries({ a: "5", b: "13" })) {
    link.setDesired(LAMP, name, value, 2);
  }
  await clock.advance(2000);
  assert.deepEqual(writes, ["a=5,b=13"]);
  const phases = ["a", "b"].map((name) => link.twin(LAMP, name)?.outcome?.phase);
  assert.deepEqual(phases, ["Applied", "Rejected"]);
  assert.equal(link.twin(LAMP, "a")?.actual?.value, "5");
});

test("a driver that answers for too few properties is found out", async () => {
  const { world, link, clock } = await createBatchWorld();
  await using _ = world;
  const short = defineMapper({
    protocol: "line",
    connect: async () => 1,
    readMany: async () => [],
  });
  await world.stopMapper();
  await world.startMapper(short);
  await clock.advance(5000);
  assert.equal(link.state(LAMP), "offline");
  assert.ok(world.log.entries.some(({ fields }) => /0 results for 3/.test(`${fields.error}`)));
});
