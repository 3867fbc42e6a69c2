import type { BrokerProcess } from "./broker-process.ts";
import { LightClient, text } from "./light-client.ts";

const PAYLOAD = Buffer.alloc(200, "x");
const WINDOW = 500;
const DEVICES = 100;

export interface Rate {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Round trips in µs: a client hears what it says itself, at QoS 1. */
export async function ping(broker: BrokerProcess, rounds: number): Promise<number[]> {
  const client = await LightClient.connect(broker.port, "ping");
  await client.subscribe("ping");
  const topic = text("ping");
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const heard = new Promise<void>((resolve) => {
      client.heard = resolve;
    });
    client.publish(topic, PAYLOAD);
    await heard;
    samples.push((performance.now() - start) * 1_000);
  }
  client.close();
  return samples;
}

/** One publisher with hundreds of messages on their way to one subscriber, until all have arrived. */
export async function pipeline(broker: BrokerProcess, messages: number): Promise<Rate> {
  const subscriber = await LightClient.connect(broker.port, "subscriber");
  await subscriber.subscribe("pipe");
  const publisher = await LightClient.connect(broker.port, "publisher");
  const topic = text("pipe");
  let sent = 0;
  let heard = 0;
  let free = WINDOW;
  let isScheduled = false;
  const pour = () => {
    isScheduled = false;
    publisher.cork(() => {
      for (; free > 0 && sent < messages; free -= 1) {
        sent += 1;
        publisher.publish(topic, PAYLOAD);
      }
    });
  };
  const cpu = broker.cpuUs;
  const start = performance.now();
  await new Promise<void>((resolve) => {
    subscriber.heard = () => {
      heard += 1;
      if (heard === messages) resolve();
    };
    publisher.acknowledged = () => {
      free += 1;
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(pour);
    };
    pour();
  });
  const seconds = (performance.now() - start) / 1_000;
  const cpuUs = (broker.cpuUs - cpu) / messages;
  subscriber.close();
  publisher.close();
  return { perSecond: messages / seconds, cpuUs };
}

/** A hundred devices, each with one message on its way, heard by one subscriber. */
export async function fanIn(broker: BrokerProcess, ms: number): Promise<Rate> {
  const subscriber = await LightClient.connect(broker.port, "subscriber");
  await subscriber.subscribe("fan/#");
  const devices: LightClient[] = [];
  for (let n = 0; n < DEVICES; n += 1) {
    devices.push(await LightClient.connect(broker.port, `device-${n}`));
  }
  let count = 0;
  let isOver = false;
  subscriber.heard = () => {
    count += 1;
  };
  const cpu = broker.cpuUs;
  const start = performance.now();
  for (const [n, device] of devices.entries()) {
    const topic = text(`fan/${n}`);
    device.acknowledged = () => {
      if (!isOver) device.publish(topic, PAYLOAD);
    };
    device.publish(topic, PAYLOAD);
  }
  await new Promise((resolve) => setTimeout(resolve, ms));
  const seconds = (performance.now() - start) / 1_000;
  const rate = { perSecond: count / seconds, cpuUs: (broker.cpuUs - cpu) / count };
  isOver = true;
  for (const client of [subscriber, ...devices]) client.close();
  return rate;
}

/** What a connection costs that says nothing: bytes of resident memory. */
export async function idle(broker: BrokerProcess, connections: number): Promise<number> {
  const settle = () => new Promise((resolve) => setTimeout(resolve, 1_000));
  await settle();
  const before = broker.residentBytes;
  const clients: LightClient[] = [];
  for (let n = 0; n < connections; n += 1) {
    clients.push(await LightClient.connect(broker.port, `idle-${n}`));
  }
  await settle();
  const bytes = (broker.residentBytes - before) / connections;
  for (const client of clients) client.close();
  await settle();
  return bytes;
}
