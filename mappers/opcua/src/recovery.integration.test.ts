import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type OpcuaServer, pumpSimulator, serveOpcua } from "@mapperkit/sim-opcua";
import {
  pkiFolder,
  pumpProperties,
  qualityIs,
  runMapper,
  valueIs,
} from "./testing/running-mapper.ts";

let server: OpcuaServer;
const pki = pkiFolder({ after });
before(async () => {
  server = await serveOpcua({
    devices: [{ name: "Pump", simulator: pumpSimulator }],
    ticks: false,
  });
});
after(() => server[Symbol.asyncDispose]());

const config = () => ({
  ...{ url: server.url, pkiFolder: pki, timeoutMs: 500, keepAliveMs: 100 },
});
const plant = () => server.plant("Pump");

const interruptions: readonly [what: string, happens: () => void][] = [
  ["a restart", () => void plant().inject({ kind: "restart", for: "300ms" })],
  ["a cut", () => void plant().inject({ kind: "drop", for: "200ms" })],
  ["a refused connection", () => void plant().inject({ kind: "refused", for: "500ms" })],
  ["a half-open connection", () => void plant().inject({ kind: "halfOpen", for: "100ms" })],
  ["a silent server", () => void plant().inject({ kind: "silent", for: "1s" })],
  ["a truncated answer", () => void plant().inject({ kind: "truncate", for: "300ms" })],
  ["garbage", () => void plant().inject({ kind: "garbage", for: "300ms" })],
];
for (const [number, [what, happens]] of interruptions.entries()) {
  test(`after ${what} that is told until the server is back, then values are told again`, async (t) => {
    const { link, announce, reported } = runMapper(t);
    announce("pump", config(), pumpProperties);
    await reported("pump", "speed", qualityIs("Good"));
    happens();
    // Whoever notices first tells it: the subscription as Bad, or a read as a device that is away.
    const isBad = qualityIs("Bad");
    const isAway = () => link.state("default/pump") === "offline";
    await reported("pump", "speed", (twin) => isBad(twin) || isAway());
    plant().set("speed", 100 + number);
    await reported("pump", "speed", valueIs(String(100 + number)));
    await reported("pump", "serial", qualityIs("Good", "ok"));
    link.setDesired("default/pump", "setpoint", String(200 + number), number + 5);
    await reported("pump", "setpoint", valueIs(String(200 + number)));
    assert.equal(link.state("default/pump"), "online");
  });
}

test("a session that timed out is opened anew at once", async (t) => {
  const { link, announce, reported } = runMapper(t);
  announce("pump", config(), pumpProperties);
  for (const speed of ["21", "22"]) {
    await reported("pump", "speed", qualityIs("Good"));
    server.expireSessions();
    plant().set("speed", Number(speed));
    await reported("pump", "speed", valueIs(speed));
  }
  assert.equal(link.state("default/pump"), "online");
});

test("a subscription that the server deletes is made anew, with no word of a broken link", async (t) => {
  const { announce, reported, log } = runMapper(t);
  announce("pump", config(), pumpProperties);
  await reported("pump", "speed", qualityIs("Good"));
  for (const speed of ["11", "12", "13"]) {
    server.deleteSubscriptions();
    plant().set("speed", Number(speed));
    await reported("pump", "speed", valueIs(speed));
  }
  assert.ok(log.entries.some(({ message }) => message.startsWith("subscription ended")));
});

test("a server that is not there yet is found when it comes, and the log says what to check", async (t) => {
  const { announce, reported, log } = runMapper(t);
  plant().inject({ kind: "refused", for: "1s" });
  announce("pump", config(), pumpProperties);
  await reported("pump", "serial", valueIs("MK-P-0042"));
  const said = log.entries.filter(({ message }) => message === "server cannot be used");
  assert.ok(said.length >= 1 && said.length <= 3);
  assert.match(String(said[0]?.fields.error), /nobody listens at .*: check host and port/);
});
