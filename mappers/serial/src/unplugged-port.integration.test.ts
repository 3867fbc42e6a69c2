import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { build, hasProgram, openPort, scratchFolder } from "./testing/foreign-program.ts";
import { runMapper, type TestProperty, valueIs } from "./testing/running-mapper.ts";

const source = (name: string) => resolve(import.meta.dirname, "fixtures", name);
const QUICK = { timeoutMs: 300, lateAnswerMs: 50 };

const heaterConfig = { ...QUICK, address: 3 };
const heater: Readonly<Record<string, TestProperty>> = {
  temperature: {
    type: "FLOAT",
    configData: { query: "#{address:02d}RT", pattern: "^!03 T=([-+\\d.]+) C$" },
  },
};

test("a port that is missing is waited for, unplugged and plugged in again, without a restart", async (t) => {
  if (!hasProgram(t, "socat", "socat") || !hasProgram(t, "cc", "gcc libc6-dev")) return;
  const folder = scratchFolder(t);
  const path = join(folder, "port");
  const program = build(folder, source("line-device.c"));
  const { link, announce, reported, until, log } = runMapper(t);
  announce("heater", { ...heaterConfig, serialPort: path }, heater);
  await until(() => link.state("default/heater") === "offline");
  const said = log.entries.filter(({ message }) => message === "serial port cannot be opened");
  assert.equal(said.length, 1);
  assert.match(String(said[0]?.fields.error), /check serialPort, .*plugged in/);
  const unplug = await openPort(t, path, program);
  await reported("heater", "temperature", valueIs("19.5"));
  await until(() => link.state("default/heater") === "online");
  await unplug();
  await until(() => link.state("default/heater") === "offline");
  await openPort(t, path, program);
  await until(() => link.state("default/heater") === "online");
});
