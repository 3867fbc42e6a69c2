import assert from "node:assert/strict";
import { test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { createRandom, MemoryTransports, silentLog, VirtualClock } from "@mapperkit/runtime";
import { LineDevice } from "../fixtures/line-device.ts";
import { announceLamp, lineMapper } from "../fixtures/line-mapper.ts";
import type { TwinListener } from "../twin-link/twin-link.ts";

/** What an edge in the same process offers at least: four functions, no class, no word on being up. */
function createStranger() {
  const heard: { twin: Record<string, MsgTwin>[]; states: string[] } = { twin: [], states: [] };
  let listener: TwinListener | undefined;
  let isWatched = false;
  const link = {
    serve(served: TwinListener, signal: AbortSignal) {
      listener = served;
      served.linkUp();
      served.deviceAnnounced(announceLamp(), "edge");
      return new Promise<void>((ended) => signal.addEventListener("abort", () => ended()));
    },
    watch() {
      isWatched = true;
      // At once, before the session is entered anywhere: a link may.
      listener?.twinHeard("default/lamp", "power", { expected: { value: "ON" } });
      return () => {
        isWatched = false;
      };
    },
    async report(_: string, twin: Readonly<Record<string, MsgTwin>>) {
      heard.twin.push({ ...twin });
      return {};
    },
    async setState(_: string, state: string) {
      heard.states.push(state);
    },
  };
  return { link, heard, isWatched: () => isWatched };
}

test("run() needs four functions of a link in process, and leaves nothing behind", async () => {
  const clock = new VirtualClock(1_000_000);
  const transports = new MemoryTransports();
  const device = new LineDevice(transports, 1);
  device.powerOn();
  const { link, heard, isWatched } = createStranger();
  const stop = new AbortController();
  const ports = { clock, transports, random: createRandom(1), log: silentLog };
  const running = lineMapper.run({ link, signal: stop.signal, ...ports });
  await clock.advance(3000);
  assert.deepEqual(device.writes, ["power ON"]);
  assert.equal(heard.twin.find(({ power }) => power?.outcome)?.power?.outcome?.phase, "Applied");
  assert.equal(heard.twin.at(-1)?.power?.actual?.value, "ON");
  assert.equal(isWatched(), true);
  stop.abort();
  await clock.advance(3000);
  await running;
  assert.deepEqual(heard.states, ["online", "offline"]);
  assert.equal(isWatched(), false);
});

test("what a link ends with, the run ends with, and closes what it opened", async () => {
  const clock = new VirtualClock(1_000_000);
  const { link } = createStranger();
  const broken = { ...link, serve: () => Promise.reject(new Error("no edge here")) };
  const { signal } = new AbortController();
  const ports = { clock, random: createRandom(1), log: silentLog };
  await assert.rejects(lineMapper.run({ link: broken, signal, ...ports }), /no edge here/);
});
