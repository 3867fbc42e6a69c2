import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { createSupply, type Supply } from "./supply.ts";
import { supplyConfig } from "./supply-config.ts";
import { hasProgram, run, scratchFolder } from "./testing/foreign-program.ts";

const clock = new RealClock();

async function started(t: TestContext, config: object): Promise<Supply> {
  const supply = createSupply(supplyConfig.parse(config), { clock, log: silentLog });
  await supply.start(new AbortController().signal);
  t.after(() => supply.stop());
  return supply;
}

/** One line of answer, by what bash has in itself. */
function ask(place: string, query: string): Promise<string> {
  return run("bash", ["-c", `exec 3<>${place}; echo '${query}' >&3; head -n1 <&3`]);
}

test("a C program with termios works with the lab supply on a pty", async (t) => {
  if (!hasProgram(t, "socat", "socat") || !hasProgram(t, "cc", "gcc libc6-dev")) return;
  const folder = scratchFolder(t);
  const path = join(folder, "port");
  const client = join(folder, "client");
  execFileSync("cc", ["-o", client, resolve(import.meta.dirname, "fixtures/client.c")]);
  const supply = await started(t, { pty: { path, baudRate: 19_200 } });
  const said = await run(client, [
    ...[path, "*IDN?", "*CLS", "VOLT 3.3;OUTP ON", "VOLT?;OUTP?", "SYST:ERR?"],
    ...["VOLT 99", "VOLT?", "FOO 1", "SYST:ERR?", "SYST:ERR?", "SYST:ERR?"],
  ]);
  assert.deepEqual(said.trim().split("\n"), [
    ...["MAPPERKIT,LS325,SN100001,1.0", "3.300;1", '0,"No error"', "3.300"],
    ...['-222,"Data out of range"', '-113,"Undefined header"', '0,"No error"'],
  ]);
  assert.equal(supply.plant.get("output"), true);
});

test("a shell works with it on a pty and over TCP", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const path = join(scratchFolder(t), "port");
  await started(t, { pty: { path, baudRate: 115_200 } });
  assert.match(await ask(path, "MEAS:VOLT?"), /^0\.0/);
  const overTcp = await started(t, { port: 0 });
  const { hostname, port } = new URL(overTcp.address);
  assert.match(await ask(`/dev/tcp/${hostname}/${port}`, "MEAS:VOLT?"), /^0\.0/);
});

test("bytes are on the wire for as long as their speed says", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const path = join(scratchFolder(t), "port");
  await started(t, { pty: { path, baudRate: 1200 } });
  const before = clock.monotonic();
  const said = await ask(path, "*IDN?");
  const bytes = "*IDN?\n".length + said.length;
  // A slower machine takes longer; none can be faster than the wire.
  assert.ok(clock.monotonic() - before >= (bytes * 10 * 1000) / 1200);
});

test("an adapter that is pulled out is gone, and there again when it is put back", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const path = join(scratchFolder(t), "port");
  const supply = await started(t, { pty: { path } });
  const undo = supply.plant.inject({ kind: "refused" });
  while (existsSync(path)) await clock.sleep(5);
  undo();
  while (!existsSync(path)) await clock.sleep(5);
  assert.match(await ask(path, "VOLT?"), /^5\.000/);
});

test("a path that is taken is named", async (t) => {
  const path = join(scratchFolder(t), "port");
  writeFileSync(path, "somebody's");
  await assert.rejects(started(t, { pty: { path } }), {
    code: "invalid_input",
    message: /serial port .*port is there already/,
  });
});
