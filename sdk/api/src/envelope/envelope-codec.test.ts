import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MapperkitError } from "../errors.ts";
import { encodeEnvelope, makeEnvelope, parseEnvelope } from "./envelope-codec.ts";

const parts = {
  id: "m1",
  timestamp: 1700000000000,
  source: "twin",
  group: "resource",
  operation: "update",
  resource: "device/default/lamp-01/twin/edge_updated",
  content: { a: [1] },
};

test("an envelope reads back as it was made", () => {
  const envelope = makeEnvelope({ ...parts, parentId: "m0", resourceVersion: "123" });
  assert.deepEqual(parseEnvelope(encodeEnvelope(envelope)), envelope);
  assert.deepEqual(envelope.header, {
    msg_id: "m1",
    parent_msg_id: "m0",
    timestamp: 1700000000000,
    resourceversion: "123",
  });
});

test("empty strings and false are left out", () => {
  const envelope = makeEnvelope({ ...parts, parentId: "", resourceVersion: "" });
  const { header, route } = envelope;
  const text = encodeEnvelope({
    header: { ...header, sync: false, type: "" },
    route: { ...route, destination: "" },
    content: undefined,
  });
  assert.equal(
    text,
    '{"header":{"msg_id":"m1","timestamp":1700000000000},"route":{"source":"twin","group":"resource","operation":"update","resource":"device/default/lamp-01/twin/edge_updated"},"content":null}',
  );
});

test("a frame without header, route or content is an envelope without them", () => {
  const empty = { header: { msg_id: "", timestamp: 0 }, route: {} };
  assert.deepEqual(parseEnvelope('{"route":{},"content":null}'), { ...empty, content: null });
  assert.deepEqual(parseEnvelope('{"header":null,"route":null}'), empty);
  assert.deepEqual(parseEnvelope('{"header":{"parent_msg_id":null}}'), empty);
});

const refused: { text: string; message: string }[] = [
  { text: "ping", message: "the frame is not JSON" },
  { text: "[]", message: "the frame must be an object, got an array" },
  { text: '{"header":5}', message: "header must be an object, got 5" },
  { text: '{"header":{"msg_id":7}}', message: "header.msg_id must be a string, got 7" },
  { text: '{"header":{"timestamp":"x"}}', message: 'header.timestamp must be a number, got "x"' },
  { text: '{"route":{"resource":{}}}', message: "route.resource must be a string, got an object" },
];
for (const { text, message } of refused) {
  test(`${text} is refused: ${message}`, () => {
    assert.throws(() => parseEnvelope(text), {
      name: "MapperkitError",
      code: "invalid_input",
      message,
    });
  });
}

test("any text is read or refused, never more", () => {
  const near = fc
    .tuple(fc.constantFrom("header", "route", "content"), fc.json())
    .map(([key, value]) => `{"${key}":${value}}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), near), (text) => {
      try {
        const envelope = parseEnvelope(text);
        assert.deepEqual(
          Object.keys(parseEnvelope(encodeEnvelope(envelope)).header).length > 1,
          true,
        );
      } catch (error) {
        assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
      }
    }),
  );
});
