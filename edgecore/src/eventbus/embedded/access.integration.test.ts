import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { MemoryLog } from "@mapperkit/runtime";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import { connectAsync } from "mqtt";
import type { Publication } from "../../devicetwin/publication.ts";
import { connect, flushed, startBus, until } from "../testing/running-bus.ts";
import { hashPassword } from "./access/password-hash.ts";

const LAMP = "$hw/events/device/default/lamp";
const FAN = "$hw/events/device/default/fan";

async function certificates(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "mqtt-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  const now = Date.now();
  const authority = await createAuthority({ commonName: "test", days: 1, now });
  const names = { commonName: "edge", ipAddresses: ["127.0.0.1"], days: 1, now };
  const server = await issueCertificate(authority, { ...names, usage: "server" });
  const tls = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  await writeFile(tls.certFile, server.certificatePem);
  await writeFile(tls.keyFile, server.privateKeyPem);
  return { tls, ca: authority.certificatePem };
}

async function refusalOf(port: number, options: object): Promise<number | undefined> {
  try {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      reconnectPeriod: 0,
      ...options,
    });
    await client.endAsync(true);
    return undefined;
  } catch (error) {
    return (error as { code?: number }).code;
  }
}

test("a broker for other machines: TLS, users, and each hears of its own devices only", async (t) => {
  const { tls, ca } = await certificates(t);
  const users = [
    { name: "all", passwordHash: await hashPassword("a") },
    { name: "lamp", passwordHash: await hashPassword("l"), devices: ["default/lamp"] },
  ];
  const asked: string[] = [];
  const requests = {
    handle: (topic: string) => {
      asked.push(topic);
      return topic.endsWith("twin/update") ? Promise.resolve<Publication[]>([]) : undefined;
    },
  };
  const { bus, publications } = await startBus(t, { host: "0.0.0.0", tls, users }, { requests });
  const all = await connect(t, bus.port, ["$hw/#", "free"], { ca, username: "all", password: "a" });
  const filters = ["$hw/#", "$hw/events/node/+/devices/#", "#"];
  const login = { ca, username: "lamp", password: "l" };
  const lamp = await connect(t, bus.port, filters, login);

  for (const topic of [
    `${LAMP}/twin/update`,
    `${FAN}/twin/update`,
    `${LAMP}/twin/update/result`,
    "free",
  ]) {
    await lamp.client.publishAsync(topic, "lamp", { qos: 1 });
  }
  for (const name of ["lamp", "fan"] as const) {
    const device = `default/${name}` as const;
    const action = "twin/update/delta" as const;
    publications.publish([
      { kind: "notice", device, action, body: {} },
      { kind: "announcement", device, body: { version: 1 } as never },
    ]);
  }
  await flushed(all);
  assert.deepEqual(
    asked.filter((topic) => !topic.startsWith("flush")),
    [`${LAMP}/twin/update`],
  );
  await until("the announcement", () => lamp.heard.some((text) => text.includes("/devices/")));
  const announced = '$hw/events/node/edge-1/devices/default/lamp {"version":1}';
  const expected = [`${LAMP}/twin/update lamp`, `${LAMP}/twin/update/delta {}`, announced];
  assert.deepEqual(lamp.heard, expected);
  assert.ok(all.heard.some((text) => text.startsWith(`${FAN}/twin/update/delta`)));
  const late = await connect(t, bus.port, ["$hw/events/node/+/devices/#"], login);
  await until("what is retained", () => late.heard.length > 0);
  assert.deepEqual(late.heard, [announced]);
  await assert.rejects(lamp.client.subscribeAsync(`${FAN}/twin/update/document`));
});

test("who may not come in is told why, and the log says it without the password", async (t) => {
  const users = [
    { name: "lamp", passwordHash: await hashPassword("secret-1"), devices: ["default/lamp"] },
    { name: "other", passwordHash: await hashPassword("secret-2") },
  ];
  const log = new MemoryLog();
  const { bus } = await startBus(t, { users }, { log });
  const lamp = { username: "lamp", password: "secret-1" };
  const will = (topic: string) => ({
    topic,
    payload: Buffer.from("x"),
    qos: 1 as const,
    retain: false,
  });
  assert.equal(await refusalOf(bus.port, {}), 4);
  assert.equal(await refusalOf(bus.port, { ...lamp, password: "secret-2" }), 4);
  assert.equal(await refusalOf(bus.port, { ...lamp, username: "nobody" }), 4);
  assert.equal(await refusalOf(bus.port, { ...lamp, will: will(`${FAN}/state/update`) }), 5);
  assert.equal(
    await refusalOf(bus.port, { ...lamp, will: will(`${LAMP}/state/update`) }),
    undefined,
  );
  const session = { ...lamp, clientId: "mine", clean: false };
  const mine = await connect(t, bus.port, [], session);
  const thief = { username: "other", password: "secret-2", clientId: "mine" };
  assert.equal(await refusalOf(bus.port, thief), 2);
  assert.equal(mine.client.connected, true);
  await mine.client.endAsync();
  assert.equal(await refusalOf(bus.port, thief), 2, "the session of who is away is safe too");
  assert.doesNotMatch(JSON.stringify(log.entries), /secret/);
});

test("an exposed broker without users or TLS does not start; neither with a wrong certificate", async (t) => {
  const { tls } = await certificates(t);
  const users = [{ name: "a", passwordHash: await hashPassword("a") }];
  const cases: [object, RegExp][] = [
    [{ host: "0.0.0.0" }, /set mqtt\.users or mqtt\.usersFile and mqtt\.tls/],
    [{ host: "0.0.0.0", users }, /set mqtt\.tls/],
    [{ host: "0.0.0.0", users: [], tls }, /set mqtt\.users/],
    [
      { tls: { ...tls, certFile: "/nowhere" } },
      /^mqtt\.tls\.certFile \/nowhere cannot be used: ENOENT/,
    ],
    [{ tls: { certFile: tls.keyFile, keyFile: tls.certFile } }, /^mqtt\.tls .* cannot be used/],
    [{ usersFile: "/nowhere" }, /^mqtt\.usersFile \/nowhere cannot be used/],
  ];
  for (const [settings, reason] of cases) {
    await assert.rejects(startBus(t, settings), (error: unknown) => {
      assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
      assert.match(error.message, reason);
      return !error.message.includes("\n");
    });
  }
});

test("a client of MQTT 5 is told in its own language that this broker is older", async (t) => {
  const log = new MemoryLog();
  const { bus } = await startBus(t, {}, { log });
  // 132: unsupported protocol version
  assert.equal(await refusalOf(bus.port, { protocolVersion: 5, clientId: "modern" }), 132);
  const line = log.entries.find(({ level }) => level === "warn");
  assert.match(line?.message ?? "", /MQTT 5 client refused/);
  assert.equal(line?.fields?.client, "modern");
});

test("more connections than allowed are refused, the others go on", async (t) => {
  const { bus } = await startBus(t, { limits: { maxConnections: 2 } });
  const first = await connect(t, bus.port);
  await connect(t, bus.port);
  const third = dial(bus.port, "127.0.0.1");
  await new Promise((resolve) =>
    third
      .on("close", resolve)
      .on("error", () => {})
      .resume(),
  );
  await first.client.publishAsync("still", "here", { qos: 1 });
  assert.equal(bus.sessions, 2);
});
