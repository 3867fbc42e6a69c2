import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { defineMapper } from "../definition/define-mapper.ts";
import type { Emit } from "../definition/mapper-base.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { World } from "../fixtures/world.ts";

const LAMP = "default/lamp";

async function createTalker({ refuses = false } = {}) {
  const world = new World();
  const talker = {
    reads: 0,
    subscriptions: 0,
    isDown: false,
    emit: (() => undefined) as Emit,
    signal: undefined as AbortSignal | undefined,
  };
  const mapper = defineMapper({
    protocol: "line",
    async connect() {
      if (talker.isDown) throw new MapperkitError("unreachable", "down");
      return talker;
    },
    async read(session) {
      session.reads += 1;
      if (session.isDown) throw new MapperkitError("unreachable", "down");
      return "read";
    },
    async subscribe(session, ops, emit, signal) {
      if (refuses) throw new MapperkitError("unsupported", "no subscriptions here");
      assert.deepEqual(
        ops.map(({ property, samplingMs }) => [property, samplingMs]),
        [["power", 500]],
      );
      session.subscriptions += 1;
      session.emit = emit;
      session.signal = signal;
    },
  });
  world.link.announce(announceLamp({ properties: [{ name: "power", collectCycle: 500 }] }));
  await world.startMapper(mapper);
  await world.clock.advance(600);
  return { world, talker, link: world.link, clock: world.clock };
}

test("what does not change is told again each report cycle, though the device says nothing", async () => {
  const { world, talker, link, clock } = await createTalker();
  await using _ = world;
  talker.emit("power", "on");
  const before = link.reports.length;
  await clock.advance(4500);
  const told = link.reports.slice(before).filter(({ twin }) => twin.power?.actual?.value === "on");
  assert.ok(told.length >= 4, `told ${told.length} times in four cycles`);
});

test("what the device tells is on the twin at once; reading is a watchdog at ten cycles", async () => {
  const { world, talker, link, clock } = await createTalker();
  await using _ = world;
  talker.emit("power", { value: "told", sourceTimestamp: 5 });
  await clock.advance(1);
  const { actual } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual([actual?.value, actual?.metadata?.sourceTimestamp], ["told", 5]);
  const before = talker.reads;
  await clock.advance(50_000);
  assert.equal(talker.reads - before, 10);
});

test("a device that came back is subscribed anew, and what the old session told is nothing", async () => {
  const { world, talker, link, clock } = await createTalker();
  await using _ = world;
  const { emit, signal } = talker;
  talker.isDown = true;
  await clock.advance(10_000);
  assert.equal(signal?.aborted, true);
  assert.equal(link.state(LAMP), "offline");
  talker.isDown = false;
  await clock.advance(61_000);
  assert.equal(talker.subscriptions, 2);
  emit("power", "late");
  await clock.advance(10);
  assert.equal(link.twin(LAMP, "power")?.actual?.value, "read");
});

test("where it cannot be subscribed it is read in its cycle", async () => {
  const { world, talker, clock } = await createTalker({ refuses: true });
  await using _ = world;
  const before = talker.reads;
  await clock.advance(10_000);
  assert.equal(talker.reads - before, 20);
});
