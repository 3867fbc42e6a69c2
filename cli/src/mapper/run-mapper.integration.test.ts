import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { RealClock, silentLog, VirtualClock } from "@mapperkit/runtime";
import { SystemdNotifier } from "./systemd-notifier.ts";

const clock = new RealClock();
const main = resolve(import.meta.dirname, "../main.ts");

/** Waits for a fact of the real world, by name. */
async function until(what: string, isTrue: () => boolean): Promise<void> {
  const end = clock.now() + 20_000;
  while (!isTrue()) {
    assert.ok(clock.now() < end, `waited 20 s for: ${what}`);
    await clock.sleep(20);
  }
}

/** A folder in which `systemd-notify` writes down what it is told. */
function createSystemd() {
  const folder = mkdtempSync(join(tmpdir(), "systemd-"));
  const told = join(folder, "told");
  const program = join(folder, "systemd-notify");
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${told}\n`);
  chmodSync(program, 0o755);
  return {
    environment: { PATH: `${folder}:${process.env.PATH}`, NOTIFY_SOCKET: "/run/none" },
    told: () => (existsSync(told) ? readFileSync(told, "utf8").trim().split("\n") : []),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test("systemd hears that it is ready, alive, and stopping", async () => {
  const systemd = createSystemd();
  const virtual = new VirtualClock();
  const environment = { ...systemd.environment, WATCHDOG_USEC: "10000000" };
  const notifier = new SystemdNotifier(environment, virtual, silentLog);
  notifier.ready();
  await until("READY", () => systemd.told().length === 1);
  await virtual.advance(5000);
  await until("the first sign of life", () => systemd.told().length === 2);
  notifier.stopping();
  await until("STOPPING", () => systemd.told().length === 3);
  await virtual.advance(60_000);
  const pid = `--pid=${process.pid}`;
  assert.deepEqual(systemd.told(), [`${pid} READY=1`, `${pid} WATCHDOG=1`, `${pid} STOPPING=1`]);
  systemd.remove();
});

test("without systemd nothing is called", async () => {
  const systemd = createSystemd();
  const { NOTIFY_SOCKET: _, ...environment } = systemd.environment;
  const notifier = new SystemdNotifier(environment, new VirtualClock(), silentLog);
  notifier.ready();
  notifier.stopping();
  assert.deepEqual(systemd.told(), []);
  systemd.remove();
});

const LEAKING = `
  import { defineMapper } from "@mapperkit/sdk";
  export default defineMapper({
    protocol: "leaking",
    claims: { model: "m" },
    async connect() {
      return 1;
    },
    read: async () => "1",
  });
  setTimeout(() => Promise.reject(new Error("leaked by the driver")), 10);
  setTimeout(() => { throw new Error("thrown by the driver"); }, 20);
`;

test("a driver that leaks and throws does not end the process; SIGTERM does, cleanly", async () => {
  const folder = mkdtempSync(join(import.meta.dirname, "fixtures", "tmp-"));
  const file = join(folder, "leaking.ts");
  writeFileSync(file, LEAKING);
  const child = startMapper(file, "--link", "mqtt://127.0.0.1:1", "--http-port", "0");
  try {
    await until("the leak in the log", () => /leaked by the driver/.test(child.said()));
    await until("the throw in the log", () => /thrown by the driver/.test(child.said()));
    await until("the port", () => /http:\/\/127\.0\.0\.1:\d+/.test(child.said()));
    const [base] = /http:\/\/127\.0\.0\.1:\d+/.exec(child.said()) ?? [];
    assert.equal((await fetch(`${base}/healthz`)).status, 200);
    assert.equal((await fetch(`${base}/readyz`)).status, 503);
    const ended = once(child.process, "exit");
    child.process.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null], child.said());
  } finally {
    child.process.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

function startMapper(...args: string[]): { process: ChildProcess; said: () => string } {
  const node = ["-C", "source", main, "mapper", "run", ...args];
  const child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  return { process: child, said: () => text };
}
