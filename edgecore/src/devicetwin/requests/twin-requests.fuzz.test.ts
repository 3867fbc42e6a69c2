import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { DeviceTwins } from "../device-twins.ts";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";

const BASE = "$hw/events/device/default/lamp";
const topics = [
  `${BASE}/twin/update`,
  `${BASE}/twin/get`,
  `${BASE}/state/update`,
  `${BASE}/state/get`,
  "$hw/events/device/lamp/twin/update",
  "$hw/events/device/nobody/twin/update",
  "$hw/events/node/edge-1/membership/get",
];

const good = '{"event_id":"good","timestamp":1,"twin":{"p":{"actual":{"value":"ü"}}}}';
const keys = fc.constantFrom("event_id", "twin", "p", "actual", "value", "metadata", "__proto__");
const shaped = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, "", 0, -1, true, "x", []),
    fc.dictionary(keys, tie("node"), { maxKeys: 4 }),
    fc.array(tie("node"), { maxLength: 2 }),
  ),
})).node;
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.nat({ max: good.length }).map((cut) => Buffer.from(good.slice(0, cut))),
  fc.nat({ max: 60 }).map((at) => Buffer.from(good).fill(0xff, at, at + 2)),
  shaped.map((value) => Buffer.from(JSON.stringify(value))),
  fc.constant(Buffer.from(`${'{"twin":'.repeat(5_000)}`)),
  fc.constant(Buffer.from("[".repeat(50_000) + "]".repeat(50_000))),
);

test("every request gets one reply, whatever its body, and the next good one works", async (t) => {
  const store = new MemoryTwinStore();
  const record = { name: "lamp", description: "", state: "", lastOnline: "" };
  await store.commit([{ kind: "device", record: { id: "default/lamp", ...record } }]);
  const twins = new DeviceTwins({
    store,
    publisher: { publish: () => {} },
    maxValueBytes: 1_024,
    clock: new VirtualClock(1),
    log: silentLog,
  });
  await twins.start(t.signal);
  t.after(() => twins.stop());
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...topics), bodies, async (topic, body) => {
      const said = (await twins.handle(topic, body)) ?? [];
      const replies = said.filter(({ kind }) => kind !== "notice");
      assert.equal(replies.length, 1);
      const next = good.replace("ü", String(++n));
      const [reply] = (await twins.handle(`${BASE}/twin/update`, Buffer.from(next))) ?? [];
      assert.match(JSON.stringify(reply), new RegExp(`"event_id":"good".*"value":"${n}"`));
    }),
    { numRuns: 300 },
  );
});
