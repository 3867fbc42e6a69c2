import assert from "node:assert/strict";
import { test } from "node:test";
import { type Attributes, applyAttributes, type MsgAttribute } from "./device-attributes.ts";

const area = { value: "hall", optional: true, metadata: { type: "string" } };
const floor = { value: "2", optional: false, metadata: { type: "int" } };

const cases: {
  title: string;
  held: Attributes;
  sent: Record<string, MsgAttribute>;
  attributes: Attributes;
  updated: object;
}[] = [
  {
    title: "a new one is kept, a string and optional unless said otherwise",
    held: {},
    sent: { area: { value: "hall" } },
    attributes: { area },
    updated: { area },
  },
  {
    title: "an equal one is no news",
    held: { area },
    sent: { area: { value: "hall", optional: true, metadata: { type: "string" } } },
    attributes: { area },
    updated: {},
  },
  {
    title: "another value is news",
    held: { area },
    sent: { area: { value: "attic ü" } },
    attributes: { area: { ...area, value: "attic ü" } },
    updated: { area: { ...area, value: "attic ü" } },
  },
  {
    title: "what the message does not name is gone",
    held: { area, floor },
    sent: { area: { value: "hall" } },
    attributes: { area },
    updated: { floor: null },
  },
  {
    title: "null deletes what is optional",
    held: { area },
    sent: { area: null },
    attributes: {},
    updated: { area: null },
  },
  {
    title: "null leaves what is not optional",
    held: { floor },
    sent: { floor: null },
    attributes: { floor },
    updated: {},
  },
  {
    title: "optional goes from true to false",
    held: { area },
    sent: { area: { value: "hall", optional: false } },
    attributes: { area: { ...area, optional: false } },
    updated: { area: { ...area, optional: false } },
  },
  {
    title: "optional never goes back to true",
    held: { floor },
    sent: { floor: { value: "2", optional: true } },
    attributes: { floor },
    updated: {},
  },
  {
    title: "a value that is not of its type leaves the held one",
    held: { floor },
    sent: { floor: { value: "two" } },
    attributes: { floor },
    updated: {},
  },
  {
    title: "a value that is too long is not taken",
    held: {},
    sent: { area: { value: "é".repeat(33) } },
    attributes: {},
    updated: {},
  },
];
for (const { title, held, sent, attributes, updated } of cases) {
  test(`attributes: ${title}`, () => {
    assert.deepEqual(applyAttributes(held, sent, 64), { attributes, updated });
  });
}
