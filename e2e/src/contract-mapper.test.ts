import assert from "node:assert/strict";
import { test } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { RunningSystem } from "./harness/running-system.ts";

/**
 * A mapper of the kind that is found in public examples: it knows KubeEdge's bare topics and
 * nothing of ours. It drives no device; it counts by itself.
 */
class PublicMapper {
  readonly #client: MqttClient;
  #count = 0;
  #on = false;

  constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic, body) => {
      if (topic !== "$hw/events/device/counter/twin/update/document") return;
      this.#on = JSON.parse(body.toString()).twin.status.current.expected?.value === "ON";
    });
  }

  start(): Promise<unknown> {
    return this.#client.subscribeAsync("$hw/events/device/counter/twin/update/document");
  }

  report(): void {
    if (this.#on) this.#count += 1;
    const actual = { value: `${this.#count}` };
    const twin = { status: { actual, metadata: { type: "Updated" } } };
    const body = { event_id: "", timestamp: 0, twin };
    this.#client.publish("$hw/events/device/counter/twin/update", JSON.stringify(body));
  }
}

test("a mapper written only against KubeEdge's contract drives the counter", async () => {
  await using system = await RunningSystem.start("--without", "counter-mapper");
  const client = await connectAsync(system.mqttUrl);
  const mapper = new PublicMapper(client);
  await mapper.start();
  const timer = setInterval(() => mapper.report(), 100);
  try {
    const counter = new CounterDevice(system.kube);
    await counter.create("v1alpha2");
    await counter.setDesired("ON");
    await counter.rises();
    await counter.setDesired("OFF");
    const twin = await eventually("the phase says that nobody confirmed", async () => {
      const [status] = (await counter.get()).status.twins;
      return status?.phase?.reason === "Unconfirmed" ? status : undefined;
    });
    assert.equal(twin.phase.name, "Pending");
  } finally {
    clearInterval(timer);
    await client.endAsync(true);
  }
});

test("mosquitto_sub's view: the twin traffic of the contract is on the broker", async () => {
  await using system = await RunningSystem.start();
  const client = await connectAsync(system.mqttUrl);
  const topics = new Set<string>();
  client.on("message", (topic) => topics.add(topic.replace("$hw/events/device/default/", "")));
  await client.subscribeAsync("$hw/events/device/#");
  try {
    const counter = new CounterDevice(system.kube);
    await counter.create("v1alpha2");
    await counter.setDesired("ON");
    await eventually(
      "updates, results, documents and a delta went by",
      () =>
        ["update", "update/result", "update/document", "update/delta"].every((action) =>
          topics.has(`counter/twin/${action}`),
        ) || undefined,
    );
  } finally {
    await client.endAsync(true);
  }
});

test("a malformed update is answered on the sender's own result topic", async () => {
  await using system = await RunningSystem.start();
  const client = await connectAsync(system.mqttUrl);
  const answers: { topic: string; body: { event_id: string; code: number; reason: string } }[] = [];
  client.on("message", (topic, body) => answers.push({ topic, body: JSON.parse(`${body}`) }));
  await client.subscribeAsync("$hw/events/device/counter/twin/update/result");
  try {
    const counter = new CounterDevice(system.kube);
    await counter.create("v1alpha2");
    await client.publishAsync("$hw/events/device/counter/twin/update", "{not json");
    const answer = await eventually("an error came", () => answers.find(({ body }) => body.code));
    assert.equal(answer.topic, "$hw/events/device/counter/twin/update/result");
    assert.equal(answer.body.code, 400);
    assert.match(answer.body.reason, /request body/);
    await counter.setDesired("ON");
    await counter.rises();
  } finally {
    await client.endAsync(true);
  }
});
