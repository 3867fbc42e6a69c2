import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHost, guardedLookup, isGuarded } from "./egress-guard.ts";

const addresses: [address: string, isBad: boolean][] = [
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["0.0.0.0", true],
  ["169.254.169.254", true],
  ["100.100.100.200", true],
  ["::1", true],
  ["::", true],
  ["fe80::1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:a9fe:a9fe", true],
  ["10.0.0.1", false],
  ["192.168.1.4", false],
  ["2001:db8::1", false],
];
for (const [address, isBad] of addresses) {
  test(`${address} is ${isBad ? "guarded" : "reached"}`, () => {
    assert.equal(isGuarded(address), isBad);
    const check = () => checkHost(address.includes(":") ? `[${address}]` : address);
    if (isBad) assert.throws(check, { code: "rejected" });
    else check();
  });
}

test("a name is judged by its addresses", async () => {
  const failure = await new Promise((resolve) => guardedLookup("localhost", {}, resolve));
  assert.match(String(failure), /allow_local/);
});
