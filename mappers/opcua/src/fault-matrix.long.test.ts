import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { RealClock } from "@mapperkit/runtime";
import { type OpcuaServer, pumpSimulator, serveOpcua } from "@mapperkit/sim-opcua";
import type { SimFault } from "@mapperkit/sim-plant";
import { pkiFolder, qualityIs, runMapper, until } from "./testing/running-mapper.ts";

/**
 * What becomes of a device that suffers: its values stay Good; they have another quality; it is
 * offline, or what it told is Bad; or now this and now that.
 */
type Expected = "good" | "Bad" | "Uncertain" | "lost" | "either" | "cannot be";
type FaultCase = readonly [name: string, fault: SimFault, expected: Expected];

const exceptions = [1, 2, 3, 4, 5, 6].map((code): FaultCase => {
  return [`exception ${code}`, { kind: "exception", code }, "Bad"];
});
const faults: readonly FaultCase[] = [
  ["silent", { kind: "silent" }, "lost"],
  ["silent now and then", { kind: "silent", p: 0.3 }, "either"],
  ["drop", { kind: "drop" }, "lost"],
  ["slow", { kind: "latency", ms: 30 }, "good"],
  ["too slow", { kind: "latency", ms: 6000 }, "lost"],
  ["slow by chance", { kind: "latency", ms: 50, jitter: 60 }, "either"],
  ["split", { kind: "split", bytes: 40 }, "good"],
  ["truncated", { kind: "truncate" }, "lost"],
  ["garbage before a message", { kind: "garbage" }, "lost"],
  ["half-open connection", { kind: "halfOpen", for: "2s" }, "either"],
  ["refused", { kind: "refused" }, "lost"],
  ["restart", { kind: "restart", for: "2s" }, "lost"],
  ["busy", { kind: "busy" }, "Bad"],
  ...exceptions,
  ["bad quality", { kind: "quality", property: "speed", quality: "Bad" }, "Bad"],
  ["uncertain quality", { kind: "quality", property: "speed", quality: "Uncertain" }, "Uncertain"],
  ["stuck", { kind: "stuck", property: "speed" }, "good"],
  ["drift", { kind: "drift", property: "speed" }, "good"],
  ["spike", { kind: "spike", property: "speed" }, "good"],
  ["deleted subscriptions", { kind: "deletedSubscription" }, "either"],
  ["expired certificate", { kind: "expiredCertificate" }, "lost"],
  ["bad check", { kind: "badCrc" }, "cannot be"],
  ["wrong unit", { kind: "wrongUnit" }, "cannot be"],
  ["wrong transaction", { kind: "wrongTransaction" }, "cannot be"],
];

/** A machine that is busy with other tests is no fault. */
const PATIENCE_MS = 2000;
const clock = new RealClock();
const pki = pkiFolder({ after });
const servers: OpcuaServer[] = [];
/** Each value is shown once, so that its time is its own. */
let values = 100;
before(async () => {
  for (const _ of ["sick", "healthy"]) {
    const security = { modes: ["Sign" as const] };
    const devices = [{ name: "Pump", simulator: pumpSimulator }];
    servers.push(await serveOpcua({ devices, ticks: false, security }));
  }
});
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

for (const subscribe of [true, false]) {
  for (const [name, fault, expected] of faults) {
    const how = subscribe ? "subscribed" : "polled";
    test(`${how}: ${name} is ${expected}`, async (t) => {
      const [sick, healthy] = servers as [OpcuaServer, OpcuaServer];
      if (expected === "cannot be") {
        assert.throws(() => sick.plant("Pump").inject(fault), { code: "unsupported" });
        return;
      }
      await suffer(t, [sick, healthy], { subscribe, fault, expected });
    });
  }
}

interface Case {
  readonly subscribe: boolean;
  readonly fault: SimFault;
  readonly expected: Expected;
}

async function suffer(
  t: TestContext,
  [sick, healthy]: readonly [OpcuaServer, OpcuaServer],
  { subscribe, fault, expected }: Case,
): Promise<void> {
  const mapper = runMapper(t);
  const { link, announce, reported } = mapper;
  const config = { securityMode: "Sign", timeoutMs: PATIENCE_MS, keepAliveMs: 200, subscribe };
  const trust = { pkiFolder: pki, trustOnFirstUse: true };
  const properties = {
    speed: { type: "FLOAT", configData: { nodeId: "nsu=urn:mapperkit:pump;s=Pump.Speed" } },
  };
  const told: MsgTwin[] = [];
  const report = link.report.bind(link);
  link.report = async (id, twin) => {
    if (twin.speed) (id === "default/sick" ? told : neighbour).push(twin.speed);
    return await report(id, twin);
  };
  const neighbour: MsgTwin[] = [];
  announce("sick", { ...config, ...trust, url: sick.url }, properties);
  announce("healthy", { ...config, ...trust, url: healthy.url }, properties);
  for (const name of ["sick", "healthy"]) await reported(name, "speed", qualityIs("Good"));
  neighbour.length = 0;
  const sockets = openSockets();
  const undo = sick.plant("Pump").inject(fault);
  t.after(undo);
  const isLost = (twin: MsgTwin) =>
    qualityIs("Bad")(twin) || link.state("default/sick") === "offline";
  if (expected === "lost") await reported("sick", "speed", isLost);
  else if (expected === "Bad" || expected === "Uncertain") {
    await reported("sick", "speed", qualityIs(expected));
  }
  for (const value of [11, 12, 13]) {
    healthy.plant("Pump").set("speed", value);
    await reported("healthy", "speed", (twin) => twin.actual?.value === String(value));
  }
  assert.ok(neighbour.every(qualityIs("Good")), "the neighbour is well all the time");
  if (expected === "good") {
    assert.ok(told.every(qualityIs("Good")), JSON.stringify(told));
    assert.equal(link.state("default/sick"), "online");
  }
  undo();
  const setAt = clock.now();
  values += 1;
  const next = String(values);
  sick.plant("Pump").set("speed", values);
  const { actual } = await reported("sick", "speed", (twin) => {
    return twin.actual?.value === next && qualityIs("Good")(twin);
  });
  const { sourceTimestamp, timestamp } = (actual?.metadata ?? {}) as Record<string, number>;
  assert.ok(sourceTimestamp && timestamp && sourceTimestamp >= setAt, "no time of the past");
  assert.ok(sourceTimestamp <= timestamp, "no time of the future");
  await until("the device is online", () => link.state("default/sick") === "online");
  await until("no socket is left over", () => openSockets() <= sockets);
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
}
