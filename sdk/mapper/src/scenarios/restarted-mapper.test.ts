import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { defineMapper } from "../definition/define-mapper.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { World } from "../fixtures/world.ts";

const LAMP = "default/lamp";

/** Counts its own reads: each sample is another number. */
function createCounting() {
  const device = { count: 0, isDead: false };
  const mapper = defineMapper({
    protocol: "line",
    connect: async () => device,
    async read(session) {
      if (session.isDead) throw new Error("dead");
      session.count += 1;
      return session.count;
    },
  });
  return { device, mapper };
}

async function withBuffer(work: (world: World, bufferFile: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "mapper-"));
  await using world = new World();
  try {
    await work(world, join(folder, "buffer.db"));
  } finally {
    await world.stopMapper();
    rmSync(folder, { recursive: true, force: true });
  }
}

const announce = (everySample: boolean) =>
  announceLamp({
    model: [{ name: "heat", type: "INT", accessMode: "ReadOnly" }],
    properties: [{ name: "heat", visitors: { configData: { everySample } } }],
  });
const reported = (world: World) =>
  world.link.reports.flatMap(({ twin }) => twin.heat?.actual?.value ?? []).map(Number);

test("neither an edge that is away nor a mapper that restarts costs a sample of what wants all", async () => {
  await withBuffer(async (world, bufferFile) => {
    const { device, mapper } = createCounting();
    world.link.announce(announce(true));
    await world.startMapper(mapper, {}, { bufferFile });
    await world.clock.advance(5000);
    world.link.setUp(false);
    await world.clock.advance(20_000);
    await world.stopMapper();
    world.link.setUp(true);
    await world.startMapper(mapper, {}, { bufferFile });
    await world.clock.advance(5000);
    const seen = reported(world);
    assert.ok(device.count > 25);
    assert.deepEqual(
      seen,
      Array.from({ length: device.count }, (_, i) => i + 1),
    );
  });
});

test("the latest of the others is kept too, though the device is dead by then", async () => {
  await withBuffer(async (world, bufferFile) => {
    const { device, mapper } = createCounting();
    world.link.announce(announce(false));
    await world.startMapper(mapper, {}, { bufferFile });
    await world.clock.advance(5000);
    world.link.setUp(false);
    await world.clock.advance(20_000);
    const latest = device.count;
    await world.stopMapper();
    device.isDead = true;
    world.link.setUp(true);
    await world.startMapper(mapper, {}, { bufferFile });
    await world.clock.advance(5000);
    assert.equal(world.link.twin(LAMP, "heat")?.actual?.value, String(latest));
  });
});

test("a mapper that is stopped says that its devices are offline, even to an edge that is slow", async () => {
  await using world = new World();
  const { mapper } = createCounting();
  world.link.announce(announce(false));
  await world.startMapper(mapper);
  await world.clock.advance(2000);
  assert.equal(world.link.state(LAMP), "online");
  await world.stopMapper();
  assert.equal(world.link.state(LAMP), "offline");
  await world.startMapper(mapper);
  await world.clock.advance(2000);
  assert.equal(world.link.state(LAMP), "online");
});
