import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { parseFrame } from "@mapperkit/api";
import { FrameWriter } from "./frame-writer.ts";

function writer(isBatching: boolean) {
  const frames: string[] = [];
  return { frames, writer: new FrameWriter({ isBatching, write: (frame) => frames.push(frame) }) };
}

test("one turn's envelopes are one frame, in order; a lone one is a frame as ever", async () => {
  const { frames, writer: sut } = writer(true);
  for (const id of ["1", "2", "3"]) sut.send(JSON.stringify({ header: { msg_id: id } }));
  assert.deepEqual(frames, []);
  await turn();
  sut.send('{"header":{"msg_id":"4"}}');
  await turn();
  assert.equal(frames.length, 2);
  assert.equal(frames[1], '{"header":{"msg_id":"4"}}');
  const ids = frames.flatMap((frame) => parseFrame(frame).envelopes.map((e) => e.header.msg_id));
  assert.deepEqual(ids, ["1", "2", "3", "4"]);
});

test("a stock peer gets each at once, and no frame grows without end", async () => {
  const stock = writer(false);
  stock.writer.send("{}");
  stock.writer.send("{}");
  assert.deepEqual(stock.frames, ["{}", "{}"]);
  const ours = writer(true);
  const large = JSON.stringify({ content: "x".repeat(100_000) });
  for (let i = 0; i < 5; i++) ours.writer.send(large);
  await turn();
  assert.deepEqual(
    ours.frames.map((frame) => parseFrame(frame).envelopes.length),
    [2, 2, 1],
  );
});

test("a bad envelope costs the others of its frame nothing", () => {
  const { envelopes, faults } = parseFrame('[{"header":{"msg_id":"1"}},5,{"route":[]},{}]');
  assert.deepEqual([envelopes.length, faults.length], [2, 2]);
  assert.deepEqual(
    [parseFrame("rubbish").faults.length, parseFrame("[]").envelopes.length],
    [1, 0],
  );
});
