import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import type { AnyMapper } from "../definition/any-mapper.ts";
import { defineMapper } from "../definition/define-mapper.ts";
import { createLampWorld } from "../fixtures/lamp-world.ts";
import { announceLamp, lineMapper } from "../fixtures/line-mapper.ts";

const lamp = announceLamp({
  properties: ["power", "level"].map((name) => ({ name, reportCycle: 3_600_000 })),
});

/** Another build of the line mapper. */
function build(change: object) {
  return defineMapper({ ...lineMapper.definition, ...change } as AnyMapper);
}

const loud = build({
  read: async (line: { ask(text: string): Promise<string> }, { property }: { property: string }) =>
    property === "power" ? `${await line.ask("power?")}!` : await line.ask(`${property}?`),
});

/** A lamp at work that was told to have level 7. */
async function createWorkingLamp() {
  const scene = await createLampWorld(lamp);
  const { world, device, link, clock } = scene;
  device.values.set("power", "ON");
  link.setDesired("default/lamp", "level", "7", 3);
  await world.startMapper();
  await clock.advance(3000);
  assert.deepEqual(device.writes, ["level 7"]);
  return { ...scene, value: (name: string) => link.twin("default/lamp", name)?.actual?.value };
}

test("a new build works the device within half a second; what was desired and reported stays", async () => {
  const { world, device, link, clock, value } = await createWorkingLamp();
  await using _ = world;
  const reports = link.reports.length;
  const swapped = world.swap(loud);
  await clock.advance(500);
  assert.deepEqual(await swapped, { kind: "swapped" });
  await clock.advance(1000);
  assert.equal(value("power"), "ON!");
  assert.deepEqual(device.writes, ["level 7"], "the device holds it already");
  assert.equal(link.state("default/lamp"), "online");
  const told = link.reports.slice(reports).flatMap(({ twin }) => Object.keys(twin));
  assert.ok(!told.includes("level"), "what did not change is not reported anew");
  link.setDesired("default/lamp", "level", "8", 4);
  await clock.advance(1000);
  assert.deepEqual(device.writes, ["level 7", "level 8"]);
});

const broken: [what: string, mapper: ReturnType<typeof build>, reason: RegExp][] = [
  [
    "whose connect throws",
    build({
      connect: async () => {
        throw new TypeError("port is not a function");
      },
    }),
    /^port is not a function$/,
  ],
  [
    "whose connect hangs",
    build({ connect: () => new Promise(() => undefined) }),
    /^opening the new build's sessions took longer than 2000 ms$/,
  ],
  [
    "whose reads throw at once",
    build({
      read: async () => {
        throw new TypeError("line.ask is not a function");
      },
    }),
    /^reading \w+: line\.ask is not a function$/,
  ],
  [
    "that refuses the config",
    build({ config: z.object({ host: z.string() }) }),
    /^device lamp: spec\.protocol\.configData\.host: /,
  ],
  ["of another protocol", build({ protocol: "lines" }), /^protocol was "line" and is "lines"/],
];
for (const [what, mapper, reason] of broken) {
  test(`a build ${what} is rolled back: the former one works on`, async () => {
    const { world, device, link, clock, value } = await createWorkingLamp();
    await using _ = world;
    const swapped = world.swap(mapper);
    await clock.advance(3000);
    const outcome = await swapped;
    assert.ok(outcome.kind === "rolledBack");
    assert.match(outcome.reason, reason);
    device.values.set("power", "OFF");
    await clock.advance(2000);
    assert.equal(value("power"), "OFF");
    assert.equal(link.state("default/lamp"), "online");
    assert.deepEqual(device.writes, ["level 7"]);
  });
}

test("a device that was away before keeps no build from starting, and is worked once it is back", async () => {
  const { world, device, link, clock, value } = await createWorkingLamp();
  await using _ = world;
  link.announce(announceLamp({ name: "away", port: 2 }));
  await clock.advance(5000);
  const swapped = world.swap(loud);
  await clock.advance(500);
  assert.deepEqual(await swapped, { kind: "swapped" });
  await device.powerOff();
  await clock.advance(5000);
  device.powerOn();
  await clock.advance(40_000);
  assert.equal(value("power"), "ON!");
});

test("what a device says, or that it says nothing, is no mistake of the new build", async () => {
  for (const answer of ["ERR busy", null]) {
    const { world, device, clock } = await createWorkingLamp();
    await using _ = world;
    device.override = (command) => (command.endsWith("?") ? answer : undefined);
    const swapped = world.swap(loud);
    await clock.advance(3000);
    assert.deepEqual(await swapped, { kind: "swapped" }, String(answer));
  }
});

test("what is announced, desired or taken away meanwhile is for the build that stays", async () => {
  const { world, device, link, clock, value } = await createWorkingLamp();
  await using _ = world;
  const swapped = world.swap(build({ connect: () => new Promise(() => undefined) }));
  await clock.advance(100);
  link.setDesired("default/lamp", "level", "9", 4);
  link.announce(announceLamp({ name: "second" }));
  link.remove("default/second");
  link.announce(announceLamp({ name: "third" }));
  await clock.advance(3000);
  assert.equal((await swapped).kind, "rolledBack");
  await clock.advance(2000);
  assert.deepEqual(device.writes, ["level 7", "level 9"]);
  assert.equal(value("level"), "9");
  assert.equal(link.state("default/third"), "online");
  assert.equal(link.state("default/second"), undefined);
});

test("swaps are done one after another, and a stop waits for the last", async () => {
  const { world, clock, value } = await createWorkingLamp();
  const first = world.swap(build({ connect: () => new Promise(() => undefined) }));
  const second = world.swap(loud);
  await clock.advance(3000);
  assert.deepEqual([(await first).kind, (await second).kind], ["rolledBack", "swapped"]);
  await clock.advance(1000);
  assert.equal(value("power"), "ON!");
  const third = world.swap(lineMapper);
  await world.stopMapper();
  assert.equal((await third).kind, "swapped");
});

test("a write that is under way reaches the device once", async () => {
  const { world, device, link, clock } = await createWorkingLamp();
  await using _ = world;
  const release = Promise.withResolvers<void>();
  const slow = build({
    async write() {
      device.received.push("slow write");
      await release.promise;
      throw new MapperkitError("rejected", "no");
    },
  });
  const swapped = world.swap(slow);
  await clock.advance(500);
  await swapped;
  link.setDesired("default/lamp", "level", "50", 5);
  await clock.advance(1000);
  const back = world.swap(loud);
  release.resolve();
  await clock.advance(500);
  await back;
  await clock.advance(2000);
  assert.deepEqual(device.writes, ["level 7", "slow write"]);
  assert.equal(link.twin("default/lamp", "level")?.outcome?.phase, "Rejected");
});
