import assert from "node:assert/strict";
import { test } from "node:test";
import { cloudAddress } from "./cloud-address.ts";

const cases: { text: string; hubUrl: string; certificateUrl: string }[] = [
  {
    text: "10.0.0.5",
    hubUrl: "wss://10.0.0.5:10000",
    certificateUrl: "https://10.0.0.5:10002",
  },
  {
    text: "c.example:443",
    hubUrl: "wss://c.example:443",
    certificateUrl: "https://c.example:10002",
  },
  { text: "fd00::1", hubUrl: "wss://[fd00::1]:10000", certificateUrl: "https://[fd00::1]:10002" },
  { text: "[fd00::1]:9", hubUrl: "wss://[fd00::1]:9", certificateUrl: "https://[fd00::1]:10002" },
];
for (const { text, ...urls } of cases) {
  test(`${text} is dialled at ${urls.hubUrl}`, () => {
    assert.deepEqual(cloudAddress(text), urls);
  });
}

test("anything else is refused", () => {
  for (const text of ["", "wss://a", "a:b", "a:70000", "a/b"]) {
    assert.throws(() => cloudAddress(text), /--cloud .*HOST:PORT/);
  }
});
