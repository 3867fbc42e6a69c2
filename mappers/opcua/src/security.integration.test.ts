import assert from "node:assert/strict";
import { readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { RealClock } from "@mapperkit/runtime";
import { type OpcuaServer, pumpSimulator, serveOpcua } from "@mapperkit/sim-opcua";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  pkiFolder,
  pumpProperties,
  qualityIs,
  runMapper,
  until,
  valueIs,
} from "./testing/running-mapper.ts";

let server: OpcuaServer;
let strict: OpcuaServer;
const devices = [{ name: "Pump", simulator: pumpSimulator }];
before(async () => {
  server = await serveOpcua({
    devices,
    ticks: false,
    security: {
      ...{ modes: ["None", "Sign", "SignAndEncrypt"], anonymous: "read" },
      users: [
        { name: "operator", password: "secret-word" },
        { name: "guest", password: "guest", rights: "read" },
      ],
    },
  });
  strict = await serveOpcua({
    ...{ devices, ticks: false },
    security: { modes: ["SignAndEncrypt"], trustsClients: false, anonymous: "none" },
  });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
});

const operator = { userName: "operator", password: "secret-word" };
const errorsOf = ({ log }: ReturnType<typeof runMapper>) =>
  log.entries.map(({ fields }) => String(fields.error)).join("\n");

test("a server's certificate is refused until somebody trusts it; no restart is needed", async (t) => {
  const mapper = runMapper(t);
  const pki = pkiFolder(t);
  const url = server.url;
  mapper.announce("pump", { url, pkiFolder: pki, securityMode: "Sign" }, pumpProperties);
  const isRefused = () => /BadCertificateUntrusted: compare its thumbprint .* move it from/;
  await until("the refusal is told", () => isRefused().test(errorsOf(mapper)));
  await until("the device is offline", () => mapper.link.state("default/pump") === "offline");
  const rejected = join(pki, "rejected");
  for (const file of readdirSync(rejected)) {
    renameSync(join(rejected, file), join(pki, "trusted", "certs", file));
  }
  await mapper.reported("pump", "serial", valueIs("MK-P-0042"));
  assert.equal(statSync(join(pki, "own", "private", "private_key.pem")).mode & 0o077, 0);
  assert.equal(statSync(pki).mode & 0o077, 0);
});

for (const securityPolicy of ["Basic256Sha256", "Aes256_Sha256_RsaPss"]) {
  test(`signed and encrypted with ${securityPolicy}, a user writes`, async (t) => {
    const { link, announce, reported } = runMapper(t);
    const trust = { pkiFolder: pkiFolder(t), trustOnFirstUse: true };
    const config = { url: server.url, securityPolicy, ...trust, ...operator };
    announce("pump", config, pumpProperties);
    link.setDesired("default/pump", "setpoint", "321", 2);
    await reported("pump", "setpoint", valueIs("321"));
  });
}

test("who has no right to write is told so; the right password helps without a restart", async (t) => {
  const mapper = runMapper(t);
  const { link, announce, reported } = mapper;
  const pki = pkiFolder(t);
  const passwordFile = join(pki, "password");
  writeFileSync(passwordFile, "wrong\n");
  const base = { url: server.url, pkiFolder: pki };
  announce("guest", { ...base, userName: "guest", password: "guest" }, pumpProperties);
  announce("pump", { ...base, userName: "operator", passwordFile }, pumpProperties);
  link.setDesired("default/guest", "setpoint", "5", 2);
  const { outcome } = await reported(
    "guest",
    "setpoint",
    (twin) => twin.outcome?.phase === "Rejected",
  );
  assert.match(outcome?.message ?? "", /BadUserAccessDenied: the user has not the right/);
  const isRefused = () => /login of operator is refused: check userName and password/;
  await until("the login is refused", () => isRefused().test(errorsOf(mapper)));
  writeFileSync(passwordFile, "secret-word\n");
  await reported("pump", "serial", valueIs("MK-P-0042"));
  assert.doesNotMatch(JSON.stringify(mapper.log.entries), /secret-word/);
});

test("a server that does not know our certificate says so; once it trusts it, all is well", async (t) => {
  const mapper = runMapper(t);
  const trust = { pkiFolder: pkiFolder(t), trustOnFirstUse: true };
  const login = await userCertificate(join(trust.pkiFolder, "ann"));
  const config = { url: strict.url, securityMode: "SignAndEncrypt", ...trust, ...login };
  mapper.announce("pump", config, pumpProperties);
  const isRefused = () => /the server refuses our certificate: have it trusted there/;
  await until("the refusal is told", () => isRefused().test(errorsOf(mapper)));
  trustAll(join(strict.pkiFolder, "server"));
  const isStranger = () => /the login is refused: check userCertificate/;
  await until("the user is refused", () => isStranger().test(errorsOf(mapper)));
  trustAll(join(strict.pkiFolder, "users"));
  await mapper.reported("pump", "serial", qualityIs("Good"));
});

test("security and logins that the server does not offer are named beside what it offers", async (t) => {
  const mapper = runMapper(t);
  const pki = pkiFolder(t);
  const plain = { url: strict.url, pkiFolder: pki };
  mapper.announce("none", plain, pumpProperties);
  mapper.announce("old", { ...plain, securityPolicy: "basic256" }, pumpProperties);
  mapper.announce("nobody", { ...plain, securityMode: "SignAndEncrypt" }, pumpProperties);
  const expected = [
    /offers no securityMode None with securityPolicy None; it offers SignAndEncrypt\/Basic256Sha256/,
    /offers no securityMode SignAndEncrypt with securityPolicy Basic256;/,
    /takes no Anonymous login with .*: check userName and password, or userCertificate/,
  ];
  for (const words of expected) {
    await until(String(words), () => words.test(errorsOf(mapper)));
  }
});

test("an expired server certificate ends the session until it is renewed", async (t) => {
  const mapper = runMapper(t);
  const trust = { pkiFolder: pkiFolder(t), trustOnFirstUse: true };
  const config = {
    url: server.url,
    securityMode: "Sign",
    timeoutMs: 200,
    keepAliveMs: 100,
    ...trust,
  };
  mapper.announce("pump", config, pumpProperties);
  await mapper.reported("pump", "serial", qualityIs("Good"));
  const undo = server.plant("Pump").inject({ kind: "expiredCertificate" });
  await mapper.reported("pump", "serial", qualityIs("Bad"));
  const isExpired = () => /TimeInvalid: it is valid from .* to .*: renew it at the server/;
  await until("the expiry is told", () => isExpired().test(errorsOf(mapper)));
  undo();
  await mapper.reported("pump", "serial", qualityIs("Good"));
});

/** A certificate that says who a user is. */
async function userCertificate(rootFolder: string) {
  const store = new OPCUACertificateManager({ rootFolder, disableFileWatchers: true });
  await store.initialize();
  const outputFile = join(rootFolder, "ann.pem");
  const days = { startDate: new Date(new RealClock().now() - 86_400_000), validity: 30 };
  await store.createSelfSignedCertificate({
    ...{ applicationUri: "urn:ann", subject: "/CN=ann", dns: [], outputFile, ...days },
  });
  await store.dispose();
  return { userCertificate: outputFile, userPrivateKey: store.privateKey };
}

/** Moves what a server has rejected to what it trusts. */
function trustAll(folder: string): void {
  const rejected = join(folder, "rejected");
  for (const file of readdirSync(rejected)) {
    renameSync(join(rejected, file), join(folder, "trusted", "certs", file));
  }
}
