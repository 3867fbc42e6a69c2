import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { MemoryLog } from "@mapperkit/runtime";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import type { MqttClient } from "mqtt";
import type { Publication } from "../../devicetwin/publication.ts";
import type { DeviceRequests } from "../event-bus.ts";
import { Mosquitto, withoutMosquitto } from "../testing/mosquitto.ts";
import { connect, startBus as startRunningBus, until } from "../testing/running-bus.ts";

const needsMosquitto = { skip: withoutMosquitto, timeout: 30_000 };
const UPDATE = "$hw/events/device/default/lamp/twin/update";
const ANNOUNCED = "$hw/events/node/edge-1/devices/default";

/** An eventbus with the broker at that port. */
function startBus(
  t: TestContext,
  options: {
    port: number;
    requests?: DeviceRequests;
    log?: MemoryLog;
    external?: object;
    mode?: "external" | "both";
  },
) {
  const { port, mode = "external", external, ...rest } = options;
  const url = `mqtt://127.0.0.1:${port}`;
  return startRunningBus(t, { mode, external: { url, ...external } }, rest);
}

/** The edge has subscribed when it answers; it does not tell otherwise. */
async function answered(client: MqttClient, heard: string[]): Promise<void> {
  await until("the edge to listen", () => {
    client.publish("$hw/events/device/probe/state/get", "{}");
    return heard.some((text) => text.includes("probe"));
  });
}

/** Answers each request of a device with its number, when the test lets it. */
class Twins implements DeviceRequests {
  readonly asked: string[] = [];
  isHeld = false;
  readonly #waiting: (() => void)[] = [];

  handle(topic: string, payload: Uint8Array): Promise<readonly Publication[]> | undefined {
    const isProbe = topic === "$hw/events/device/probe/state/get";
    const action = isProbe ? "state/get/result" : "twin/update/result";
    const device = isProbe ? "default/probe" : "default/lamp";
    const body = { body: Buffer.from(payload).toString() };
    const answer: Publication[] = [{ kind: "reply", device, form: "bare", action, body }];
    if (isProbe) return Promise.resolve(answer);
    this.asked.push(body.body);
    if (!this.isHeld) return Promise.resolve(answer);
    return new Promise((resolve) => this.#waiting.push(() => resolve(answer)));
  }

  release(): void {
    this.isHeld = false;
    for (const end of this.#waiting.splice(0)) end();
  }
}

test(
  "requests behind mosquitto are answered, many wait for one commit, none is acknowledged before",
  needsMosquitto,
  async (t) => {
    await using broker = await Mosquitto.create();
    await broker.start();
    const twins = new Twins();
    const { bus } = await startBus(t, { port: broker.port, requests: twins });
    assert.equal(bus.port, broker.port);
    const mapper = await connect(t, broker.port, ["$hw/events/device/+/+/+/result"]);
    const results = [
      "$hw/events/device/+/twin/update/result",
      "$hw/events/device/+/state/get/result",
    ];
    await mapper.client.subscribeAsync(results, { qos: 1 });
    await answered(mapper.client, mapper.heard);
    twins.isHeld = true;
    for (let n = 0; n < 50; n += 1) mapper.client.publish(UPDATE, `${n}`, { qos: 1 });
    // mosquitto sends 20 at most without an acknowledgement (max_inflight_messages).
    await until("20 requests at once", () => twins.asked.length === 20);
    mapper.client.publish(UPDATE, "last", { qos: 1 });
    await mapper.client.publishAsync("other", "", { qos: 1 });
    assert.equal(twins.asked.length, 20, "nothing was acknowledged");
    twins.release();
    await until("the rest", () => twins.asked.length === 51);
    await until("the answers", () => mapper.heard.some((text) => text.includes('"last"')));
    assert.deepEqual(twins.asked, [...Array(50).keys(), "last"].map(String));
  },
);

test(
  "what was not durable when the edge died comes again, and what was said while it was away",
  needsMosquitto,
  async (t) => {
    await using broker = await Mosquitto.create();
    await broker.start();
    const before = new Twins();
    const first = await startBus(t, { port: broker.port, requests: before });
    const mapper = await connect(t, broker.port, ["$hw/events/device/+/state/get/result"]);
    await answered(mapper.client, mapper.heard);
    await mapper.client.publishAsync(UPDATE, "stored", { qos: 1 });
    await until("the first", () => before.asked.length === 1);
    before.isHeld = true;
    await mapper.client.publishAsync(UPDATE, "not stored", { qos: 1 });
    await until("the second", () => before.asked.length === 2);
    await first.bus.stop();
    await mapper.client.publishAsync(UPDATE, "said to nobody", { qos: 1 });
    const after = new Twins();
    await startBus(t, { port: broker.port, requests: after });
    await until("both", () => after.asked.length === 2);
    assert.deepEqual(after.asked, ["not stored", "said to nobody"]);
  },
);

test(
  "a store that fails: mosquitto is not told, and brings the message again",
  needsMosquitto,
  async (t) => {
    await using broker = await Mosquitto.create();
    await broker.start();
    const asked: string[] = [];
    let isFailing = true;
    const twins = new Twins();
    const handle = async (topic: string, payload: Uint8Array): Promise<readonly Publication[]> => {
      const answer = (await twins.handle(topic, payload)) ?? [];
      if (topic !== UPDATE) return answer;
      asked.push(String(Buffer.from(payload)));
      return isFailing ? answer.map((said) => ({ ...said, isLost: true }) as Publication) : answer;
    };
    const log = new MemoryLog();
    const first = await startBus(t, { port: broker.port, requests: { handle }, log });
    const mapper = await connect(t, broker.port, ["$hw/events/device/+/state/get/result"]);
    await answered(mapper.client, mapper.heard);
    await mapper.client.publishAsync(UPDATE, "kept by mosquitto", { qos: 1 });
    await until("the second attempt, on another connection", () => asked.length >= 2);
    await first.bus.stop();
    isFailing = false;
    asked.length = 0;
    const second = await startBus(t, { port: broker.port, requests: { handle } });
    await until("the message after a new start", () => asked.length > 0);
    await second.bus.stop();
    const third = await startBus(t, { port: broker.port, requests: { handle } });
    mapper.heard.length = 0;
    await answered(mapper.client, mapper.heard);
    await third.bus.stop();
    assert.deepEqual(asked, ["kept by mosquitto"], "acknowledged, it does not come again");
  },
);

test(
  "an edge finds its broker whenever it comes, and again after it was away",
  needsMosquitto,
  async (t) => {
    await using broker = await Mosquitto.create();
    const twins = new Twins();
    const log = new MemoryLog();
    const { publications } = await startBus(t, { port: broker.port, requests: twins, log });
    publications.publish([announcement("lamp", 1), announcement("fan", 1)]);
    await until("the complaint", () => log.entries.some(({ level }) => level === "warn"));
    for (const round of [1, 2]) {
      await broker.start();
      const mapper = await connect(t, broker.port, [
        "$hw/events/device/+/state/get/result",
        `${ANNOUNCED}/#`,
      ]);
      await answered(mapper.client, mapper.heard);
      const announced = ["fan", "lamp"].map((name) => `${ANNOUNCED}/${name} {"version":1}`);
      await until(`announcements, round ${round}`, () =>
        announced.every((text) => mapper.heard.includes(text)),
      );
      await broker.stop();
    }
    const warnings = log.entries.filter(({ level }) => level === "warn");
    assert.ok(warnings.length <= 6, "one line per outage and reason, not one per attempt");
  },
);

test(
  "announcements that are not true any more are cleared on connect",
  needsMosquitto,
  async (t) => {
    await using broker = await Mosquitto.create();
    await broker.start();
    const observer = await connect(t, broker.port, [`${ANNOUNCED}/#`]);
    for (const name of ["gone", "lamp"]) {
      const retained = { qos: 1, retain: true } as const;
      await observer.client.publishAsync(`${ANNOUNCED}/${name}`, '{"version":0}', retained);
    }
    const { publications } = await startBus(t, { port: broker.port });
    publications.publish([announcement("lamp", 1)]);
    await until("the removal", () => observer.heard.includes(`${ANNOUNCED}/gone `));
    await until("the news", () => observer.heard.includes(`${ANNOUNCED}/lamp {"version":1}`));
    const late = await connect(t, broker.port, [`${ANNOUNCED}/#`]);
    await until("what is retained", () => late.heard.length > 0);
    assert.deepEqual(late.heard, [`${ANNOUNCED}/lamp {"version":1}`]);
  },
);

test("both brokers at once: asked on one, heard on both", needsMosquitto, async (t) => {
  await using broker = await Mosquitto.create();
  await broker.start();
  const { bus } = await startBus(t, { port: broker.port, requests: new Twins(), mode: "both" });
  assert.notEqual(bus.port, broker.port);
  const results = [
    "$hw/events/device/+/twin/update/result",
    "$hw/events/device/+/state/get/result",
  ];
  const outside = await connect(t, broker.port, results);
  const inside = await connect(t, bus.port, results);
  await answered(outside.client, outside.heard);
  for (const [asker, n] of [
    [outside, 1],
    [inside, 2],
  ] as const) {
    await asker.client.publishAsync(UPDATE, `${n}`, { qos: 1 });
    const text = `$hw/events/device/lamp/twin/update/result {"body":"${n}"}`;
    await until(`answer ${n} on both`, () =>
      [outside, inside].every(({ heard }) => heard.includes(text)),
    );
  }
});

test("TLS with a client certificate, user and password", needsMosquitto, async (t) => {
  const now = Date.now();
  const authority = await createAuthority({ commonName: "test", days: 1, now });
  const names = { ipAddresses: ["127.0.0.1"], days: 1, now };
  const server = await issueCertificate(authority, {
    ...names,
    commonName: "broker",
    usage: "server",
  });
  const edge = await issueCertificate(authority, {
    ...names,
    commonName: "edge-1",
    usage: "client",
  });
  await using broker = await Mosquitto.create(
    [
      "allow_anonymous false",
      "password_file {folder}/passwords",
      "cafile {folder}/ca.pem",
      "certfile {folder}/server.pem",
      "keyfile {folder}/server-key.pem",
      "require_certificate true",
    ],
    {
      passwords: "",
      "ca.pem": authority.certificatePem,
      "server.pem": server.certificatePem,
      "server-key.pem": server.privateKeyPem,
      "edge.pem": edge.certificatePem,
      "edge-key.pem": edge.privateKeyPem,
    },
  );
  execFileSync("mosquitto_passwd", ["-b", `${broker.folder}/passwords`, "edge", "secret"]);
  await broker.start();
  const files = {
    url: `mqtts://127.0.0.1:${broker.port}`,
    caFile: `${broker.folder}/ca.pem`,
    certFile: `${broker.folder}/edge.pem`,
    keyFile: `${broker.folder}/edge-key.pem`,
  };
  for (const [password, expected] of [
    ["wrong", /Not authorized|refused/i],
    ["secret", /MQTT broker connected/],
  ] as const) {
    const log = new MemoryLog();
    const external = { ...files, username: "edge", password };
    const { bus } = await startBus(t, { port: broker.port, log, external });
    await until(`what ${expected} tells`, () =>
      log.entries.some((said) => expected.test(JSON.stringify(said))),
    );
    assert.doesNotMatch(JSON.stringify(log.entries), /secret|wrong/);
    await bus.stop();
  }
});

test("a file that is not there is named before anything starts", async (t) => {
  const external = { caFile: "/nowhere/ca.pem" };
  await assert.rejects(startBus(t, { port: 1, external }), (error: unknown) => {
    assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
    return /^mqtt\.external\.caFile cannot be read: ENOENT/.test(error.message);
  });
});

function announcement(name: string, version: number): Publication {
  return { kind: "announcement", device: `default/${name}`, body: { version } as never };
}
