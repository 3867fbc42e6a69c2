import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import type { SessionContext } from "../definition/context.ts";
import { defineMapper } from "../definition/define-mapper.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { World } from "../fixtures/world.ts";

const units = ["1", "2"];
const idOf = (unit: string) => `default/unit-${unit}` as const;
const properties = [{ name: "power", collectCycle: 60_000 }];

/** Two devices on one server whose driver hears of a loss by itself; nothing is read for a minute. */
async function createServerWorld() {
  const sessions: SessionContext[] = [];
  const server = { sessions, refusal: undefined as Error | undefined };
  const mapper = defineMapper({
    protocol: "line",
    config: z.object({ port: z.number(), unit: z.string() }),
    endpoint: ({ port }) => `${port}`,
    async connect(ctx) {
      if (server.refusal) throw server.refusal;
      sessions.push(ctx);
      return sessions.length;
    },
    read: async () => "1",
    write: async () => undefined,
  });
  const world = new World();
  for (const unit of units) {
    const configData = { port: 1, unit };
    world.link.announce(announceLamp({ name: `unit-${unit}`, configData, properties }));
  }
  await world.startMapper(mapper);
  await world.clock.advance(1000);
  return { world, server, link: world.link, clock: world.clock };
}

test("a driver that hears of its session's loss is reconnected at once, not at the next read", async () => {
  const { world, server, link, clock } = await createServerWorld();
  await using _ = world;
  assert.equal(server.sessions.length, 1);
  server.refusal = new MapperkitError("unreachable", "the server is being updated");
  server.sessions[0]?.lost?.(new Error("the server closed the session"));
  await clock.advance(0);
  for (const unit of units) {
    assert.equal(link.state(idOf(unit)), "offline");
    const { actual } = link.twin(idOf(unit), "power") ?? {};
    assert.deepEqual(
      [actual?.value, actual?.metadata?.quality, actual?.metadata?.reason],
      ["1", "Bad", "notConnected"],
    );
  }
  server.refusal = undefined;
  await clock.advance(2000);
  assert.equal(server.sessions.length, 2);
  for (const unit of units) {
    assert.equal(link.state(idOf(unit)), "online");
    assert.equal(link.twin(idOf(unit), "power")?.actual?.metadata?.quality, "Good");
  }
});

test("a session that is gone already is not lost again, nor is the one after it", async () => {
  const { world, server, clock } = await createServerWorld();
  await using _ = world;
  const [first] = server.sessions;
  first?.lost?.();
  first?.lost?.();
  await clock.advance(2000);
  first?.lost?.(new Error("late"));
  await clock.advance(2000);
  assert.equal(server.sessions.length, 2);
});

test("a session that is lost while it is opened is opened anew, with back-off", async () => {
  const { world, clock } = await createServerWorld();
  await using _ = world;
  let opened = 0;
  const hasty = defineMapper({
    protocol: "hasty",
    async connect(ctx) {
      opened += 1;
      if (opened < 50) ctx.lost?.(new Error("refused by the server"));
      return opened;
    },
    read: async () => "1",
  });
  const other = new World();
  await using __ = other;
  other.link.announce(announceLamp({ name: "hasty", protocolName: "hasty" }));
  await other.startMapper(hasty);
  await other.clock.advance(60_000);
  assert.ok(opened > 3 && opened < 20, `${opened} attempts in a minute`);
  assert.equal(other.link.state("default/hasty"), "offline");
  await clock.advance(0);
});

test("the log, and what is desired meanwhile, say why the device cannot be reached", async () => {
  const { world, server, link, clock } = await createServerWorld();
  await using _ = world;
  const why = "cannot be reached: connect ECONNREFUSED 127.0.0.1:502, check host and port";
  server.refusal = new MapperkitError("unreachable", why);
  server.sessions[0]?.lost?.(server.refusal);
  await clock.advance(0);
  link.setDesired(idOf("1"), "power", "ON", 2);
  await clock.advance(0);
  const { outcome } = link.twin(idOf("1"), "power") ?? {};
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Pending", "NotConnected"]);
  assert.match(outcome?.message ?? "", /ECONNREFUSED 127\.0\.0\.1:502, check host and port/);
  const told = world.log.entries.find(({ message }) => message === "device is offline");
  assert.deepEqual([told?.level, told?.fields.error], ["warn", why]);
});
