import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { createEdgeCore } from "./edge-core.ts";
import { edgeCoreConfig } from "./edge-core-config.ts";

function isInstalled(): boolean {
  try {
    execFileSync("mosquitto_sub", ["--help"], { stdio: "ignore" });
    return true;
  } catch (error) {
    // It exits with 1 after its help.
    return (error as { code?: string }).code !== "ENOENT";
  }
}

const skip =
  !isInstalled() && process.env.CI !== "true" && "mosquitto_pub and mosquitto_sub not installed";

for (const version of ["mqttv31", "mqttv311"]) {
  test(`mosquitto's clients (${version}) ask and are answered`, {
    skip,
    timeout: 10_000,
  }, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), "edge-foreign-"));
    const config = edgeCoreConfig.parse({
      dataDir,
      cloud: { url: "ws://127.0.0.1:1" },
      mqtt: { port: 0 },
    });
    const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
    const edge = createEdgeCore(config, parts);
    t.after(async () => {
      await edge.stop();
      await rm(dataDir, { recursive: true });
    });
    await edge.start(t.signal);
    const to = ["-h", "127.0.0.1", "-p", String(edge.mqttPort), "-V", version];
    const topic = "$hw/events/device/lamp/twin/update";
    const listener = spawn("mosquitto_sub", [...to, "-v", "-t", "$hw/events/device/#"]);
    t.after(() => listener.kill());
    // It does not tell when it is subscribed, so the mapper asks until it hears the answer.
    const body = '{"event_id":"e","twin":{}}';
    const ask = () => spawn("mosquitto_pub", [...to, "-q", "1", "-t", topic, "-m", body]);
    const asking = setInterval(ask, 100);
    t.after(() => clearInterval(asking));
    const heard: string[] = [];
    for await (const line of createInterface({ input: listener.stdout })) {
      if (heard.push(line) === 2) break;
    }
    clearInterval(asking);
    assert.equal(heard[0], `${topic} {"event_id":"e","twin":{}}`);
    assert.match(
      heard[1] ?? "",
      /twin\/update\/result \{"event_id":"e","timestamp":\d+,"code":404/,
    );
  });
}
