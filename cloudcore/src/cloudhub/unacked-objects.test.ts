import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEnvelope } from "@mapperkit/api";
import fc from "fast-check";
import { UnackedObjects } from "./unacked-objects.ts";

let counter = 0;
function message(resource: string) {
  counter += 1;
  return makeEnvelope({
    id: `m${counter}`,
    timestamp: 0,
    source: "devicecontroller",
    group: "resource",
    operation: "update",
    resource,
    content: null,
  });
}

test("what the node passed over is sent again after five seconds, until acknowledged", () => {
  const objects = new UnackedObjects(10);
  const [first, second] = [message("a"), message("b")];
  objects.put("a", first);
  objects.put("b", second);
  assert.deepEqual(objects.takeSendable(0), [first, second]);
  assert.ok(objects.ack(second.header.msg_id));
  assert.deepEqual(objects.takeSendable(4_000), []);
  assert.deepEqual(objects.takeSendable(5_000), [first]);
  assert.ok(objects.ack(first.header.msg_id));
  assert.deepEqual(objects.takeSendable(1e9), []);
  assert.equal(objects.size, 0);
});

test("a node that is merely slow is sent nothing twice, however many wait for its answers", () => {
  const objects = new UnackedObjects(2_000);
  for (let index = 0; index < 1_000; index++) objects.put(`o${index}`, message(`o${index}`));
  const sent: string[] = [];
  const waiting: string[] = [];
  for (let now = 0; now < 1_100_000; now += 1_000) {
    const ids = objects.takeSendable(now).map(({ header }) => header.msg_id);
    sent.push(...ids);
    waiting.push(...ids);
    const answered = waiting.shift();
    if (answered) objects.ack(answered);
  }
  assert.equal(objects.size, 0);
  assert.equal(sent.length, 1_000);
});

test("a node that answers nothing is sent it again after thirty seconds", () => {
  const objects = new UnackedObjects(10);
  const only = message("a");
  objects.put("a", only);
  assert.deepEqual(objects.takeSendable(0), [only]);
  assert.deepEqual(objects.takeSendable(5_000), []);
  assert.deepEqual(objects.takeSendable(29_000), []);
  assert.deepEqual(objects.takeSendable(30_000), [only]);
});

test("a newer version replaces the older, whose answer then counts for nothing", () => {
  const objects = new UnackedObjects(10);
  const [older, newer] = [message("a"), message("a")];
  objects.put("a", older);
  objects.takeSendable(0);
  objects.put("a", newer);
  assert.equal(objects.ack(older.header.msg_id), undefined);
  assert.deepEqual(objects.takeSendable(1), [newer]);
});

test("a thousand dead objects keep a live one waiting at most five seconds", () => {
  const objects = new UnackedObjects(10_000);
  for (let i = 0; i < 1_000; i++) objects.put(`dead${i}`, message(`dead${i}`));
  let now = 0;
  for (; now < 60_000; now += 1_000) objects.takeSendable(now);
  const live = message("live");
  objects.put("live", live);
  assert.ok(objects.takeSendable(now).includes(live));
});

test("beyond its limit another key is refused, a known one replaced", () => {
  const objects = new UnackedObjects(1);
  assert.equal(objects.put("a", message("a")), true);
  assert.equal(objects.put("b", message("b")), false);
  assert.equal(objects.put("a", message("a")), true);
});

test("whatever the order of puts, acks and time, each key's newest message gets through", () => {
  const step = fc.oneof(
    fc.record({ put: fc.constantFrom("a", "b", "c", "d") }),
    fc.record({ loseAll: fc.boolean(), passMs: fc.nat({ max: 20_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const objects = new UnackedObjects(10);
      const newest = new Map<string, string>();
      const arrived = new Map<string, string>();
      let now = 0;
      const deliver = (lose: boolean) => {
        for (const { header, route } of objects.takeSendable(now)) {
          if (lose) continue;
          arrived.set(route.resource ?? "", header.msg_id);
          objects.ack(header.msg_id);
        }
      };
      for (const one of steps) {
        if ("put" in one) {
          const sent = message(one.put);
          objects.put(one.put, sent);
          newest.set(one.put, sent.header.msg_id);
        } else {
          now += one.passMs;
          deliver(one.loseAll);
        }
      }
      for (let i = 0; i < 200; i++, now += 5_000) deliver(false);
      assert.deepEqual(arrived, newest);
      assert.equal(objects.size, 0);
    }),
  );
});
