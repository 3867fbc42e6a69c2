import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateUrlOf, cloudSettings } from "./cloud-settings.ts";

const files = { ca: "c", certificate: "d", key: "k" };

test("plain WebSocket stays on this machine", () => {
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
    cloudSettings.parse({ url: `ws://${host}:10000` });
  }
  for (const host of ["10.0.0.5", "cloud.example", "[fe80::1]"]) {
    const { error } = cloudSettings.safeParse({ url: `ws://${host}:10000` });
    assert.match(error?.issues[0]?.message ?? "", /mapperkit join/);
  }
});

test("wss needs what a join writes, and renews at port 10002 of the same host", () => {
  const url = "wss://cloud.example:10000";
  assert.match(cloudSettings.safeParse({ url }).error?.issues[0]?.message ?? "", /cloud\.ca/);
  const settings = cloudSettings.parse({ url, ...files });
  assert.equal(certificateUrlOf(settings), "https://cloud.example:10002");
  const ipv6 = cloudSettings.parse({ url: "wss://[fd00::1]:10000", ...files });
  assert.equal(certificateUrlOf(ipv6), "https://[fd00::1]:10002");
});
