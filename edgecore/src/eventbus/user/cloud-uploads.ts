import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { type Envelope, encodeEnvelope, makeEnvelope } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";

/** What may wait while there is no cloud; the oldest give way. */
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

interface Waiting {
  readonly envelope: Envelope;
  readonly bytes: number;
}

/** Messages of MQTT clients on their way to the cloud (mqtt-topics §2.2): each goes once, none is confirmed. */
export class CloudUploads {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #dropped = 0;
  #link: { send(envelope: Envelope): boolean } | undefined;

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** How many were lost because the cloud was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** KubeEdge's content is text: what is none goes as base64, which the receiver has to know. */
  offer(topic: string, payload: Uint8Array): void {
    const bytes = Buffer.from(payload);
    const envelope = makeEnvelope({
      id: randomUUID(),
      timestamp: this.#clock.now(),
      source: "bus",
      group: "user",
      operation: "upload",
      resource: topic,
      content: isUtf8(bytes) ? bytes.toString() : bytes.toString("base64"),
    });
    const length = encodeEnvelope(envelope).length;
    this.#waiting.push({ envelope, bytes: length });
    this.#bytes += length;
    this.#send();
    while (this.#waiting.length > MAX_WAITING || this.#bytes > MAX_WAITING_BYTES)
      this.#dropOldest();
  }

  connected(link: { send(envelope: Envelope): boolean }): void {
    this.#link = link;
    this.#send();
  }

  disconnected(): void {
    this.#link = undefined;
  }

  #send(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      if (!this.#link?.send(first.envelope)) return;
      this.#waiting.shift();
      this.#bytes -= first.bytes;
      if (this.#waiting.length === 0) this.#tellDropped();
    }
  }

  #dropOldest(): void {
    this.#bytes -= this.#waiting.shift()?.bytes ?? 0;
    this.#dropped += 1;
    if (this.#dropped === 1) this.#log.warn("no cloud for so long that uploads are dropped");
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#log.warn("uploads were dropped while there was no cloud", { dropped: this.#dropped });
    this.#dropped = 0;
  }
}
