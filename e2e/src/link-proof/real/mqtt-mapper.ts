import { deviceTopic, parseAnnouncementTopic, parseDeviceTopic } from "@mapperkit/api";
import mqtt, { type MqttClient } from "mqtt";
import type { HardwareWitness } from "../mapper-model.ts";

interface Side {
  readonly value?: string;
  readonly metadata?: { readonly generation?: number };
}
interface Body {
  readonly event_id?: string;
  readonly code?: number;
  readonly twin?: Readonly<Record<string, { expected?: Side; actual?: Side } | null>>;
}

/** A mapper on a real broker that does what it is told, with its hardware. It dials again for ever. */
export class MqttMapper implements AsyncDisposable {
  readonly hardware = new Map<string, string>();
  readonly #node: string;
  readonly #witness: HardwareWitness;
  readonly #client: MqttClient;
  readonly #waiting = new Map<string, { readonly name: string; readonly value: string }>();
  #counted = 0;

  constructor(parts: { node: string; url: string; witness: HardwareWitness }) {
    this.#node = parts.node;
    this.#witness = parts.witness;
    this.#client = mqtt.connect(parts.url, { reconnectPeriod: 200, connectTimeout: 2_000 });
    this.#client.on("error", () => {});
    this.#client.on("message", (topic, body) => this.#hear(topic, body.toString()));
    this.#client.on("connect", () => void this.#begin());
  }

  /** Tells a new value of the device's counter, once; what is not answered was not taken. */
  report(name: string): void {
    if (!this.#client.connected) return;
    this.#counted += 1;
    const value = `${this.#node}:${this.#counted}`;
    const id = `report-${this.#counted}`;
    this.#waiting.set(id, { name, value });
    this.#publish(name, "twin/update", { event_id: id, twin: { count: { actual: { value } } } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }

  async #begin(): Promise<void> {
    const topics = ["twin/update/delta", "twin/update/result", "twin/get/result"];
    const ofDevices = topics.map((action) => `$hw/events/device/+/+/${action}`);
    await this.#client
      .subscribeAsync([...ofDevices, `$hw/events/node/${this.#node}/devices/#`], { qos: 1 })
      .catch(() => undefined);
  }

  #hear(topic: string, text: string): void {
    const announced = parseAnnouncementTopic(topic);
    if (announced) this.#publish(announced.id.slice("default/".length), "twin/get", {});
    const target = parseDeviceTopic(topic);
    if (!target) return;
    const name = target.id.slice("default/".length);
    const body = JSON.parse(text) as Body;
    if (target.action === "twin/update/result") {
      const report = this.#waiting.get(body.event_id ?? "");
      if (report && body.code === undefined) {
        this.#waiting.delete(body.event_id ?? "");
        this.#witness.acknowledged(this.#node, report.name, report.value);
      }
      return;
    }
    const power = body.twin?.power;
    if (power?.expected?.value !== undefined) this.#obey(name, power.expected, power.actual?.value);
  }

  #obey(name: string, { value = "", metadata }: Side, reported: string | undefined): void {
    if (this.hardware.get(name) !== value) {
      this.hardware.set(name, value);
      this.#witness.wrote(this.#node, name, value);
    }
    if (reported === value) return;
    const { generation } = metadata ?? {};
    const outcome = { phase: "Applied", ...(generation !== undefined && { generation }) };
    this.#publish(name, "twin/update", { twin: { power: { actual: { value }, outcome } } });
  }

  #publish(name: string, action: "twin/update" | "twin/get", body: object): void {
    if (!this.#client.connected) return;
    const message = JSON.stringify({ event_id: "", timestamp: 0, ...body });
    // A publish that ends with the connection is one that was not acknowledged.
    this.#client.publish(deviceTopic(`default/${name}`, action), message, { qos: 1 }, () => {});
  }
}
