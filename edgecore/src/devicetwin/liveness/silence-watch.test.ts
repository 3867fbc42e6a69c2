import assert from "node:assert/strict";
import { test } from "node:test";
import type { Envelope } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceTwins } from "../device-twins.ts";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";

const START = Date.UTC(2026, 0, 1);
const BASE = "$hw/events/device/default/lamp";

interface Choice {
  readonly offlineAfterMs?: number;
  readonly reportCycle?: number;
  readonly store?: MemoryTwinStore;
}

/** A clock whose time of day can be set, as NTP does it; what has passed is not changed by that. */
class SettableClock extends VirtualClock {
  #setByMs = 0;

  override now(): number {
    return super.now() + this.#setByMs;
  }

  set(byMs: number): void {
    this.#setByMs += byMs;
  }
}

async function startTwins(
  t: { signal: AbortSignal; after(work: () => Promise<void>): void },
  choice: Choice,
) {
  const store = choice.store ?? new MemoryTwinStore();
  const clock = new SettableClock(START);
  const twins = new DeviceTwins({
    store,
    publisher: { publish: () => {} },
    maxValueBytes: 64,
    offlineAfterMs: choice.offlineAfterMs,
    clock,
    log: silentLog,
  });
  await twins.start(t.signal);
  t.after(() => twins.stop());
  const reported: string[] = [];
  twins.connected({
    send: ({ route, content }: Envelope) => {
      if (route.resource?.endsWith("/state/update")) {
        reported.push(JSON.parse(String(content)).device.state);
      }
      return true;
    },
  });
  const { reportCycle } = choice;
  await twins.put({
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { namespace: "default", name: "lamp", uid: "u" },
    spec: { properties: [{ name: "p", ...(reportCycle !== undefined && { reportCycle }) }] },
  });
  const ask = async (action: string, body: object) => {
    const message = JSON.stringify({ event_id: "e", timestamp: 0, ...body });
    const [said] = (await twins.handle(`${BASE}/${action}`, Buffer.from(message))) ?? [];
    return said?.body as { device: { state: string; lastOnlineTime: string } };
  };
  return {
    store,
    twins,
    reported,
    clock,
    sayState: (state: string) => ask("state/update", { state }),
    tell: (value: string) => ask("twin/update", { twin: { p: { actual: { value } } } }),
    edit: (value: string) => ask("twin/update", { twin: { p: { expected: { value } } } }),
    state: async () => (await ask("state/get", {})).device,
    after: async (ms: number) => {
      await clock.advance(ms);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    },
  };
}

test("who tells values and falls silent for a minute is offline, and is told to the cloud", async (t) => {
  const lamp = await startTwins(t, {});
  await lamp.sayState("online");
  await lamp.tell("1");
  await lamp.after(55_000);
  assert.equal((await lamp.state()).state, "online");
  await lamp.after(10_000);
  const state = { name: "lamp", state: "offline", lastOnlineTime: "2026-01-01T00:00:00Z" };
  assert.deepEqual(await lamp.state(), state);
  assert.deepEqual(lamp.reported, ["online", "offline"]);
});

test("unchanged values count as heard", async (t) => {
  const lamp = await startTwins(t, {});
  await lamp.sayState("ok");
  for (let n = 0; n < 6; n++) {
    await lamp.tell("1");
    await lamp.after(30_000);
  }
  assert.equal((await lamp.state()).state, "ok");
});

test("edits of expected do not: they say nothing of the device", async (t) => {
  const lamp = await startTwins(t, {});
  await lamp.sayState("ok");
  await lamp.tell("1");
  for (const value of ["a", "b", "c"]) {
    await lamp.edit(value);
    await lamp.after(30_000);
  }
  assert.equal((await lamp.state()).state, "offline");
});

test("a value brings back what the device was, with the time", async (t) => {
  const lamp = await startTwins(t, {});
  await lamp.sayState("OK");
  await lamp.tell("1");
  await lamp.after(90_000);
  assert.equal((await lamp.state()).state, "offline");
  await lamp.tell("1");
  await lamp.after(0);
  const { state, lastOnlineTime } = await lamp.state();
  assert.deepEqual([state, lastOnlineTime], ["OK", "2026-01-01T00:01:30Z"]);
  assert.deepEqual(lamp.reported, ["OK", "offline", "OK"]);
});

test("a state that the mapper says ends what the edge thought", async (t) => {
  const lamp = await startTwins(t, {});
  await lamp.sayState("ok");
  await lamp.tell("1");
  await lamp.after(90_000);
  await lamp.sayState("offline");
  await lamp.tell("2");
  await lamp.after(0);
  assert.equal((await lamp.state()).state, "offline", "the mapper knows better");
});

test("a long report cycle is waited for three times over", async (t) => {
  const lamp = await startTwins(t, { reportCycle: 60_000 });
  await lamp.sayState("ok");
  await lamp.tell("1");
  await lamp.after(175_000);
  assert.equal((await lamp.state()).state, "ok");
  await lamp.after(10_000);
  assert.equal((await lamp.state()).state, "offline");
});

test("the configured time holds for all; 0 is never", async (t) => {
  const soon = await startTwins(t, { offlineAfterMs: 1_000, reportCycle: 60_000 });
  const never = await startTwins(t, { offlineAfterMs: 0 });
  for (const lamp of [soon, never]) {
    await lamp.sayState("ok");
    await lamp.tell("1");
    for (let n = 0; n < 20; n++) await lamp.after(100);
  }
  assert.equal((await soon.state()).state, "offline");
  await never.after(1_000_000);
  assert.equal((await never.state()).state, "ok");
});

test("who says a state and never a value is not judged", async (t) => {
  const lamp = await startTwins(t, {});
  await lamp.sayState("online");
  await lamp.after(1_000_000);
  assert.equal((await lamp.state()).state, "online");
});

test("after a restart silence begins anew, and what the device was before it is still known", async (t) => {
  const before = await startTwins(t, {});
  await before.sayState("ok");
  await before.tell("1");
  await before.after(30_000);
  await before.twins.stop();
  const after = await startTwins(t, { store: before.store });
  await after.after(55_000);
  assert.equal((await after.state()).state, "ok");
  await after.after(10_000);
  assert.equal((await after.state()).state, "offline");
  await after.twins.stop();
  const again = await startTwins(t, { store: before.store });
  await again.tell("1");
  await again.after(0);
  assert.equal((await again.state()).state, "ok");
});

for (const [what, byMs] of [
  ["back", -3_600_000],
  ["forward", 3_600_000],
] as const) {
  test(`a clock set ${what} by an hour neither hides a silence nor makes one`, async (t) => {
    const lamp = await startTwins(t, {});
    await lamp.sayState("ok");
    await lamp.tell("1");
    await lamp.after(40_000);
    lamp.clock.set(byMs);
    await lamp.after(15_000);
    assert.equal((await lamp.state()).state, "ok");
    await lamp.after(10_000);
    const { state, lastOnlineTime } = await lamp.state();
    assert.equal(state, "offline");
    const heardAt = new Date(START + byMs).toISOString().replace(".000", "");
    assert.equal(lastOnlineTime, heardAt, "when it was heard, on the clock as it is now");
  });
}
