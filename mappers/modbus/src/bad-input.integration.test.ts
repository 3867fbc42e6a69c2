import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { catalogue, serveBus } from "@mapperkit/sim-modbus";
import { hasProgram } from "@mapperkit/sim-plant/testing";
import { runMapper, type TestProperty, valueIs } from "./testing/running-mapper.ts";

const oven = { unit: 1, simulator: catalogue.oven };
const setpoint: TestProperty = {
  type: "FLOAT",
  accessMode: "ReadWrite",
  configData: { space: "holdingRegister", address: 0, dataType: "int16", scale: 0.1 },
};
const QUICK = { timeoutMs: 100, lateAnswerMs: 50 };

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "modbus-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A desired value that is Pending says why, and what to check. */
function isPendingBecause(reason: RegExp) {
  return ({ outcome }: MsgTwin) =>
    outcome?.phase === "Pending" && reason.test(outcome.message ?? "");
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

test("nobody listens at that port: offline with the reason, and at work as soon as somebody does", async (t) => {
  const port = await freePort();
  const { link, announce, reported } = runMapper(t);
  announce("oven", { port, ...QUICK }, { setpoint });
  link.setDesired("default/oven", "setpoint", "99");
  await reported("oven", "setpoint", isPendingBecause(new RegExp(`:${port}.*ECONNREFUSED`)));
  assert.equal(link.state("default/oven"), "offline");
  await using bus = await serveBus({ devices: [oven], place: { port }, ticks: false });
  await reported("oven", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
  assert.equal(bus.plant(1).get("setpoint"), 99);
});

test("a host that does not exist says so", async (t) => {
  const { link, announce, reported } = runMapper(t);
  announce("oven", { host: "no-such-host.invalid", ...QUICK }, { setpoint });
  link.setDesired("default/oven", "setpoint", "99");
  await reported("oven", "setpoint", isPendingBecause(/no-such-host\.invalid/));
});

test("what is no Modbus says to check host, port and transport; the right port is found without a restart", async (t) => {
  const stranger = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
  }).listen(0, "127.0.0.1");
  await once(stranger, "listening");
  t.after(() => stranger.close());
  const { port } = stranger.address() as { port: number };
  const { link, announce, reported } = runMapper(t);
  announce("oven", { port, ...QUICK }, { setpoint });
  link.setDesired("default/oven", "setpoint", "99");
  await reported(
    "oven",
    "setpoint",
    isPendingBecause(/no Modbus TCP.*check host, port and transport/),
  );
  await using bus = await serveBus({ devices: [oven], ticks: false });
  announce("oven", { port: bus.port, ...QUICK }, { setpoint });
  await reported("oven", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
});

test("a wrong unit says to check unitId; the right one works without a restart", async (t) => {
  await using bus = await serveBus({ devices: [oven, { ...oven, unit: 2 }], ticks: false });
  const { link, announce, reported } = runMapper(t);
  announce("oven", { port: bus.port, unitId: 9, ...QUICK }, { setpoint });
  link.setDesired("default/oven", "setpoint", "99");
  await reported("oven", "setpoint", isPendingBecause(/unit 9 did not answer.*check unitId/));
  announce("oven", { port: bus.port, unitId: 2, ...QUICK }, { setpoint });
  await reported("oven", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
});

test("a register that the device has not is Bad with its address, its neighbours are Good", async (t) => {
  await using bus = await serveBus({ devices: [oven], ticks: false });
  const { link, announce, reported } = runMapper(t);
  const far = { type: "INT", configData: { space: "holdingRegister", address: 4000 } };
  announce("oven", { port: bus.port, ...QUICK }, { setpoint, far });
  const { actual } = await reported(
    "oven",
    "far",
    ({ actual: now }) => now?.metadata?.quality === "Bad",
  );
  assert.equal(actual?.metadata?.reason, "illegalAddress");
  await reported("oven", "setpoint", valueIs("180"));
  assert.equal(link.state("default/oven"), "online");
  announce(
    "oven",
    { port: bus.port, ...QUICK },
    {
      setpoint,
      far: { ...far, configData: { ...far.configData, address: 1, dataType: "uint16" } },
    },
  );
  await reported("oven", "far", ({ actual: now }) => now?.metadata?.quality === "Good");
});

test("a wrong speed of the line looks like a dead unit; the right one works without a restart", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const path = join(folderOf(t), "line");
  const line = { baudRate: 19_200, parity: "even", stopBits: 1 } as const;
  await using bus = await serveBus({ devices: [oven], place: { path, isMade: true, ...line } });
  const { link, announce, reported } = runMapper(t);
  announce("oven", { serialPort: path, ...line, baudRate: 9600, ...QUICK }, { setpoint });
  link.setDesired("default/oven", "setpoint", "99");
  await reported(
    "oven",
    "setpoint",
    isPendingBecause(/unit 1 did not answer.*check unitId, wiring/),
  );
  announce("oven", { serialPort: path, ...line, ...QUICK }, { setpoint });
  await reported("oven", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
  assert.equal(bus.plant(1).get("setpoint"), 99);
});

test("a serial port that is missing, comes, is unplugged and plugged in again", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const path = join(folderOf(t), "line");
  const { link, announce, reported } = runMapper(t);
  announce("oven", { serialPort: path, ...QUICK }, { setpoint });
  link.setDesired("default/oven", "setpoint", "99");
  await reported("oven", "setpoint", isPendingBecause(/check serialPort, and that the adapter/));
  const line = { baudRate: 9600, parity: "none", stopBits: 1 } as const;
  await using bus = await serveBus({ devices: [oven], place: { path, isMade: true, ...line } });
  await reported("oven", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
  const plugIn = bus.plant(1).inject({ kind: "refused" });
  await reported("oven", "setpoint", ({ actual }) => actual?.metadata?.quality !== "Good");
  assert.equal(link.state("default/oven"), "offline");
  plugIn();
  await reported("oven", "setpoint", ({ actual }) => actual?.metadata?.quality === "Good");
  assert.equal(link.state("default/oven"), "online");
});

test("a serial port that this user may not open says which group to join", async (t) => {
  const folder = folderOf(t);
  const port = join(folder, "port");
  writeFileSync(port, "");
  chmodSync(port, 0o000);
  chmodSync(folder, 0o755);
  const source = resolve(import.meta.dirname, "client/serial-stream.ts");
  const code = `import(${JSON.stringify(source)}).then(async ({ openSerial }) => {
    const line = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 };
    await openSerial({ path: ${JSON.stringify(port)}, ...line });
  }).catch((error) => console.log(error.message));`;
  const isRoot = process.getuid?.() === 0;
  const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {};
  const { stdout } = spawnSync(process.execPath, ["-C", "source", "-e", code], {
    ...nobody,
    cwd: resolve(import.meta.dirname, ".."),
  });
  assert.match(stdout.toString(), /(denied|EACCES).*let this user use the port \(group dialout\)/);
});
