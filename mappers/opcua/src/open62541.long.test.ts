import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { RealClock } from "@mapperkit/runtime";
import { hasProgram } from "@mapperkit/sim-plant/testing";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  pkiFolder,
  qualityIs,
  runMapper,
  type TestProperty,
  until,
  valueIs,
} from "./testing/running-mapper.ts";

/** Debian 13 has open62541, earlier ones have not: the server is built and run inside of one. */
const SUITE = "trixie";
const PACKAGES = "libopen62541-1.4-dev,gcc,libc6-dev";
const URI = "urn:open62541:test";
const isThere = hasDebootstrap();
const room = mkdtempSync(join(tmpdir(), "open62541-"));
const pki = pkiFolder({ after });
const servers: ChildProcess[] = [];

before(async () => {
  if (!isThere) return;
  const args = ["--variant=minbase", `--include=${PACKAGES}`, SUITE, room];
  execFileSync("debootstrap", args, { stdio: "pipe", maxBuffer: 64 << 20 });
  copyFileSync(join(import.meta.dirname, "fixtures/open62541-server.c"), join(room, "server.c"));
  inside("cc", "-O1", "-Wall", "-Werror", "-o", "/server", "/server.c", "-lopen62541");
  await makeIdentity();
});
after(async () => {
  for (const server of servers) await end(server);
  execFileSync("rm", ["-rf", "--one-file-system", room]);
});

const at = (id: string) => ({
  configData: { nodeId: `nsu=${URI};s=${id}` },
});
const writable = (type: string, id: string): TestProperty => ({
  ...{ type, accessMode: "ReadWrite" },
  ...at(id),
});
const properties: Readonly<Record<string, TestProperty>> = {
  level: writable("DOUBLE", "level"),
  total: writable("INT", "total"),
  enabled: writable("BOOLEAN", "enabled"),
  gains: writable("STRING", "gains"),
  serial: { type: "STRING", ...at("serial") },
  beats: { type: "INT", ...at("beats") },
};

for (const subscribe of [true, false]) {
  test(`open62541 is ${subscribe ? "subscribed" : "polled"} and written`, async (t) => {
    if (!hasProgram(t, "debootstrap", "debootstrap")) return;
    const { url } = await serve();
    const { link, announce, reported } = runMapper(t);
    announce("stranger", { url, pkiFolder: pki, subscribe }, properties);
    await reported("stranger", "serial", valueIs("OPEN-62541"));
    await reported("stranger", "level", valueIs("12.5"));
    await reported("stranger", "total", valueIs("-9007199254740993"));
    await reported("stranger", "gains", valueIs("[0.5,20.1,-3]"));
    const wanted = { level: "-1.25", total: "9007199254740993", enabled: "true", gains: "[1,2,3]" };
    for (const [name, value] of Object.entries(wanted)) {
      link.setDesired("default/stranger", name, value, 2);
    }
    for (const [name, value] of Object.entries(wanted)) {
      await reported("stranger", name, valueIs(value));
      await reported("stranger", name, ({ outcome }) => outcome?.phase === "Applied");
    }
    const beats = () => Number(link.twin("default/stranger", "beats")?.actual?.value);
    const before = beats();
    await until("the beats go on", () => beats() > before + 10);
  });
}

test("open62541 ends and comes back: Bad, then well again", async (t) => {
  if (!hasProgram(t, "debootstrap", "debootstrap")) return;
  const { url, port, server } = await serve();
  const { announce, reported } = runMapper(t);
  announce("stranger", { url, pkiFolder: pki, timeoutMs: 500, keepAliveMs: 200 }, properties);
  await reported("stranger", "serial", qualityIs("Good"));
  await end(server, "SIGKILL");
  await reported("stranger", "beats", qualityIs("Bad"));
  await serve(port);
  await reported("stranger", "beats", qualityIs("Good"));
});

const identity = ["/server.der", "/server-key.der"];
for (const securityPolicy of ["Basic256Sha256", "Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep"]) {
  test(`open62541 with ${securityPolicy}: works once it trusts us, for whom it knows`, async (t) => {
    if (!hasProgram(t, "debootstrap", "debootstrap")) return;
    const { url, port, server } = await serve(undefined, ...identity);
    const { link, log, announce, reported } = runMapper(t);
    const folder = pkiFolder(t);
    const login = { userName: "ann", password: "pump", pkiFolder: folder, trustOnFirstUse: true };
    announce("stranger", { url, securityPolicy, ...login }, properties);
    announce("wrong", { url, securityPolicy, ...login, password: "no" }, properties);
    const said = () => log.entries.map(({ fields }) => String(fields.error)).join("\n");
    await until("it says who is not trusted", () => /have our certificate trusted/.test(said()));
    await end(server);
    const ours = new X509Certificate(readFileSync(join(folder, "own/certs/mapperkit.pem")));
    writeFileSync(join(room, "client.der"), ours.raw);
    await serve(port, ...identity, "/client.der");
    link.setDesired("default/stranger", "level", "99", 2);
    await reported("stranger", "level", valueIs("99"));
    await until("the login is refused", () => /login of ann is refused: check/.test(said()));
  });
}

/** The server, once it listens. */
async function serve(wanted?: number, ...more: string[]) {
  const port = wanted ?? (await freePort());
  const server = spawn("chroot", [room, "/server", `${port}`, ...more], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  servers.push(server);
  let said = "";
  server.stdout.on("data", (text) => {
    said += text;
  });
  await until("open62541 listens", () => /^listening$/m.test(said) || server.exitCode !== null);
  assert.equal(server.exitCode, null, said);
  return { url: `opc.tcp://127.0.0.1:${port}`, port, server };
}

async function end(server: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, "exit");
  server.kill(signal);
  await exit;
}

function inside(...command: string[]): void {
  execFileSync("chroot", [room, ...command], { stdio: "pipe" });
}

async function makeIdentity(): Promise<void> {
  const store = new OPCUACertificateManager({
    rootFolder: join(pki, "theirs"),
    disableFileWatchers: true,
  });
  await store.initialize();
  const outputFile = join(pki, "theirs.pem");
  await store.createSelfSignedCertificate({
    ...{ applicationUri: URI, subject: "/CN=open62541", dns: ["localhost"], ip: ["127.0.0.1"] },
    ...{ outputFile, startDate: new Date(new RealClock().now() - 86_400_000), validity: 30 },
  });
  await store.dispose();
  writeFileSync(join(room, "server.der"), new X509Certificate(readFileSync(outputFile)).raw);
  const key = createPrivateKey(readFileSync(store.privateKey));
  writeFileSync(join(room, "server-key.der"), key.export({ type: "pkcs1", format: "der" }));
}

/** The program takes a port, and does not say which one it took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

function hasDebootstrap(): boolean {
  try {
    execFileSync("sh", ["-c", "command -v debootstrap"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
