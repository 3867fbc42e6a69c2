import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { DeviceAccess } from "./device-access.ts";
import { checkExposure } from "./exposure.ts";
import { fitsHash, hashPassword } from "./password-hash.ts";
import { UserAccounts } from "./user-accounts.ts";
import { mqttUser, readUsers } from "./user-settings.ts";

const device = "$hw/events/device";
const cases: [topic: string, mayPublish: boolean, mayHear: boolean][] = [
  [`${device}/plant/lamp/twin/update`, true, true],
  [`${device}/plant/lamp/twin/update/result`, false, true],
  [`${device}/plant/lamp/twin/update/document`, false, true],
  [`${device}/hall/state/update`, true, true],
  [`${device}/default/hall/state/get`, true, true],
  [`${device}/lamp/twin/update`, false, false],
  [`${device}/default/lamp/twin/update`, false, false],
  [`${device}/plant/fan/twin/update`, false, false],
  ["$hw/events/node/edge-1/devices/plant/lamp", false, true],
  ["$hw/events/node/edge-1/devices/plant/fan", false, false],
  ["$hw/events/node/edge-1/membership/get", false, false],
  ["$ke/events/device/hall/data/update", true, true],
  ["$ke/events/device/plant/lamp/data/update", true, true],
  ["$ke/events/device/lamp/data/update", false, false],
  ["anything/else", false, false],
];
for (const [topic, mayPublish, mayHear] of cases) {
  test(`who speaks for plant/lamp and default/hall: ${topic}`, () => {
    const access = new DeviceAccess(["plant/lamp", "default/hall"]);
    assert.deepEqual([access.mayPublish(topic), access.mayHear(topic)], [mayPublish, mayHear]);
  });
}

test("a password fits its own hash only, and each hash has its own salt", async () => {
  const [hash, again] = await Promise.all([hashPassword("pässword"), hashPassword("pässword")]);
  assert.notEqual(hash, again);
  assert.ok(mqttUser.safeParse({ name: "a", passwordHash: hash }).success);
  assert.equal(await fitsHash(Buffer.from("pässword"), hash), true);
  assert.equal(await fitsHash(Buffer.from("password"), hash), false);
  assert.equal(await fitsHash(Buffer.from(hash), hash), false);
  assert.equal(await fitsHash(Buffer.from("pässword"), "pässword"), false);
});

test("accounts: the right password is remembered, wrong ones and strangers stay outside", async () => {
  const user = { name: "hall", passwordHash: await hashPassword("secret") };
  const accounts = new UserAccounts([user]);
  const find = (name: string, password: string) => accounts.find(name, Buffer.from(password));
  for (const _ of [1, 2]) {
    assert.equal(await find("hall", "secret"), user);
    assert.equal(await find("hall", "wrong"), undefined);
    assert.equal(await find("nobody", "secret"), undefined);
    assert.equal(await find("constructor", ""), undefined);
  }
});

test("a broker for other machines needs users and TLS", () => {
  const bare = { host: "0.0.0.0", hasUsers: false, hasTls: false, allowPlain: false };
  const refusals: [Partial<typeof bare>, RegExp | undefined][] = [
    [{}, /set mqtt\.users or mqtt\.usersFile and mqtt\.tls, or use 127\.0\.0\.1$/],
    [{ hasTls: true }, /set mqtt\.users or mqtt\.usersFile, or/],
    [{ hasUsers: true }, /set mqtt\.tls, or/],
    [{ allowPlain: true }, /set mqtt\.users/],
    [{ hasUsers: true, hasTls: true }, undefined],
    [{ hasUsers: true, allowPlain: true }, undefined],
    [{ host: "127.0.0.1" }, undefined],
    [{ host: "::1" }, undefined],
    [{ host: "127.0.0.1.example.org" }, /reached from other machines/],
    [{ host: "192.168.1.5" }, /mqtt\.host 192\.168\.1\.5 can be reached/],
  ];
  for (const [change, reason] of refusals) {
    const check = () => checkExposure({ ...bare, ...change });
    if (reason) assert.throws(check, reason, JSON.stringify(change));
    else check();
  }
});

test("a file of users is read, and what is wrong in it is named", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "mqtt-users-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "users.json");
  const passwordHash = await hashPassword("x");
  const good = [{ name: "a", passwordHash, devices: ["default/lamp"] }];
  await writeFile(file, JSON.stringify(good));
  assert.deepEqual(await readUsers(file), good);
  const bad: [string, RegExp][] = [
    ["{", /JSON/],
    ["{}", /the list/],
    [JSON.stringify([{ name: "a", passwordHash: "secret" }]), /0\.passwordHash must be \$scrypt/],
    [
      JSON.stringify([{ name: "a", passwordHash, devices: ["lamp"] }]),
      /0\.devices\.0 must be names/,
    ],
    [JSON.stringify([...good, ...good]), /two users of one name/],
  ];
  for (const [text, reason] of bad) {
    await writeFile(file, text);
    await assert.rejects(readUsers(file), (error: unknown) => {
      assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
      assert.doesNotMatch(error.message, /secret/);
      return (
        error.message.startsWith(`mqtt.usersFile ${file} cannot`) && reason.test(error.message)
      );
    });
  }
});
