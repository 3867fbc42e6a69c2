import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fdatasyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import { Agent, request } from "node:https";
import { Socket } from "node:net";
import { join, resolve } from "node:path";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import { connectAsync } from "mqtt";
import { WebSocket } from "ws";

export interface Hops {
  /** Round trips in ms. */
  readonly http: number[];
  readonly webSocket: number[];
  readonly mqtt: number[];
  readonly fdatasync: number[];
}

/** Each bare hop, `rounds` times, against the smallest servers in a process of their own. */
export async function measureHops(rounds: number, folder: string): Promise<Hops> {
  const authority = await createAuthority({ commonName: "bench", days: 1, now: Date.now() });
  const server = await issueCertificate(authority, {
    commonName: "localhost",
    ipAddresses: ["127.0.0.1"],
    usage: "server",
    days: 1,
    now: Date.now(),
  });
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  writeFileSync(key, server.privateKeyPem, { mode: 0o600 });
  writeFileSync(cert, server.certificatePem);
  const script = resolve(import.meta.dirname, "bare-servers.ts");
  const child = spawn(process.execPath, ["-C", "source", script, key, cert], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const ports = JSON.parse(`${line}`) as { https: number; mqtt: number; webSocket: number };
    return {
      http: await httpHops(ports.https, authority.certificatePem, rounds),
      webSocket: await webSocketHops(ports.webSocket, rounds),
      mqtt: await mqttHops(ports.mqtt, rounds),
      fdatasync: fdatasyncHops(join(folder, "sync"), rounds),
    };
  } finally {
    child.kill("SIGTERM");
  }
}

async function timed(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await work();
    samples.push(performance.now() - start);
  }
  return samples;
}

async function httpHops(port: number, ca: string, rounds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, ca });
  const call = () =>
    new Promise((done, fail) => {
      const body = '{"spec":{"properties":[{"name":"status","desired":{"value":"ON"}}]}}';
      const options = { host: "127.0.0.1", port, method: "PATCH", agent };
      const sent = request(options, (answer) => answer.resume().on("end", done));
      sent.on("error", fail).end(body);
    });
  await call();
  const samples = await timed(rounds, call);
  agent.destroy();
  return samples;
}

async function webSocketHops(port: number, rounds: number): Promise<number[]> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await new Promise((done) => socket.once("open", done));
  const message = "x".repeat(400);
  const samples = await timed(rounds, () => {
    const echo = new Promise((done) => socket.once("message", done));
    socket.send(message);
    return echo;
  });
  socket.close();
  return samples;
}

async function mqttHops(port: number, rounds: number): Promise<number[]> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  await client.subscribeAsync("ping", { qos: 1 });
  const samples = await timed(rounds, () => {
    const echo = new Promise((done) => client.once("message", done));
    client.publish("ping", "x".repeat(200), { qos: 1 });
    return echo;
  });
  await client.endAsync(true);
  return samples;
}

function fdatasyncHops(file: string, rounds: number): number[] {
  const fd = openSync(file, "w");
  const page = Buffer.alloc(4096, 1);
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    writeSync(fd, page);
    const start = performance.now();
    fdatasyncSync(fd);
    samples.push(performance.now() - start);
  }
  closeSync(fd);
  return samples;
}
