import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeCoreConfig } from "./edge-core-config.ts";

test("only the data folder must be told", () => {
  assert.deepEqual(edgeCoreConfig.parse({ dataDir: "/data" }), {
    node: "kube-edge-1",
    dataDir: "/data",
    cloud: { url: "ws://127.0.0.1:10000" },
    mqtt: {
      mode: "internal",
      host: "127.0.0.1",
      whenPortTaken: "fail",
      allowPlain: false,
      limits: {
        maxConnections: 10_000,
        maxPacketBytes: 1_048_576,
        maxUnreadBytes: 4_194_304,
        maxQueuedMessages: 1_000,
        maxRetainedMessages: 10_000,
      },
      external: { url: "mqtt://127.0.0.1:1883" },
    },
    durability: "full",
    maxValueBytes: 65_536,
    heartbeatMs: 15_000,
    liveness: {},
    outbox: { maxSamples: 100_000 },
  });
});

const wrong: { input: object; key: string }[] = [
  { input: {}, key: "dataDir" },
  { input: { dataDir: "d", node: "Not A Node" }, key: "node" },
  { input: { dataDir: "d", cloud: { url: "http://x" } }, key: "cloud.url" },
  { input: { dataDir: "d", mqtt: { port: 70_000 } }, key: "mqtt.port" },
  { input: { dataDir: "d", mqtt: { prot: 1 } }, key: "mqtt" },
];
for (const { input, key } of wrong) {
  test(`${JSON.stringify(input)} is refused at ${key || "the top"}`, () => {
    const { error } = edgeCoreConfig.safeParse(input);
    assert.equal(error?.issues[0]?.path.join("."), key);
  });
}
