import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryLog, RealClock } from "@mapperkit/runtime";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import { Aedes } from "aedes";
import { defineMapper } from "../definition/define-mapper.ts";
import { EdgeOnMqtt } from "../fixtures/edge-on-mqtt.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { until } from "../fixtures/until.ts";
import type { MqttBroker } from "./mqtt-twin-link.ts";

const LAMP = "default/lamp";
const clock = new RealClock();
const constant = defineMapper({ protocol: "line", connect: async () => 1, read: async () => "7" });

/** Runs a mapper against a broker that wants TLS and a password, and waits until `isDone`. */
async function playSecured(
  broker: (facts: { url: string; ca: string }) => MqttBroker,
  isDone: (edge: EdgeOnMqtt, log: MemoryLog) => boolean,
): Promise<MemoryLog> {
  const now = clock.now();
  const authority = await createAuthority({ commonName: "test", days: 1, now });
  const own = await issueCertificate(authority, {
    commonName: "broker",
    ipAddresses: ["127.0.0.1"],
    usage: "server",
    days: 1,
    now,
  });
  const tls = { cert: own.certificatePem, key: own.privateKeyPem };
  const createBroker = () =>
    Aedes.createBroker({
      authenticate: (_, username, password, done) =>
        done(null, username === "mapper" && `${password}` === "right"),
    });
  await using edge = new EdgeOnMqtt(createBroker, tls);
  await edge.start();
  await edge.announce(announceLamp());
  const log = new MemoryLog();
  const stop = new AbortController();
  const link = broker({ url: edge.url, ca: authority.certificatePem });
  const running = constant.run({ link, signal: stop.signal, log });
  await until(clock, "the broker's answer", () => isDone(edge, log));
  stop.abort();
  await running;
  return log;
}

const reported = (edge: EdgeOnMqtt) => edge.twins.get(LAMP)?.power?.actual?.value === "7";
const refused = (_: EdgeOnMqtt, log: MemoryLog) =>
  log.entries.some(({ message }) => message === "broker not reached");

test("TLS with the authority that is given, a user and a password", async () => {
  await playSecured(
    ({ url, ca }) => ({ url, ca, username: "mapper", password: "right" }),
    reported,
  );
});

test("a broker of another authority is not spoken to", async () => {
  const log = await playSecured(
    ({ url }) => ({ url, username: "mapper", password: "right" }),
    refused,
  );
  const said = log.entries.map(({ fields }) => `${fields.error ?? ""}`).join();
  assert.match(said, /certificate/);
});

test("a wrong password is said without being shown, and tried again", async () => {
  const log = await playSecured(
    ({ url, ca }) => ({ url, ca, username: "mapper", password: "wrong-secret" }),
    refused,
  );
  assert.ok(!JSON.stringify(log.entries).includes("wrong-secret"));
});
