import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { SerialPort } from "serialport";
import { build, hasProgram, openPort, scratchFolder } from "./testing/foreign-program.ts";
import { runMapper, type TestProperty, valueIs } from "./testing/running-mapper.ts";

const source = (name: string) => resolve(import.meta.dirname, "fixtures", name);
const QUICK = { timeoutMs: 300, lateAnswerMs: 50 };

const heaterConfig = { ...QUICK, address: 3, acknowledge: "^!03 OK$", refusal: "^\\?03 (.*)" };
const heater: Readonly<Record<string, TestProperty>> = {
  temperature: {
    type: "FLOAT",
    configData: { query: "#{address:02d}RT", pattern: "^!03 T=([-+\\d.]+) C$" },
  },
  setpoint: {
    type: "FLOAT",
    accessMode: "ReadWrite",
    configData: {
      query: "#{address:02d}RS",
      command: "#{address:02d}WS{value:.1f}",
      pattern: "^!03 S=(.*)$",
    },
  },
};

const scaleConfig = {
  ...{ ...QUICK, framing: "frame", address: 9, addressAt: 1, header: "02" },
  ...{ lengthAt: 3, lengthAdds: 6, checksum: "xor8", checksumFrom: 1 },
};
const scale: Readonly<Record<string, TestProperty>> = {
  weight: {
    type: "FLOAT",
    configData: {
      ...{
        query: "02 {address} 57 00 03",
        at: 4,
        dataType: "int32",
        byteOrder: "DCBA",
        scale: 0.001,
      },
    },
  },
  stable: {
    type: "BOOLEAN",
    configData: { query: "02 {address} 57 00 03", at: 8, dataType: "boolean", bit: 6 },
  },
  tare: {
    type: "INT",
    accessMode: "ReadWrite",
    configData: {
      ...{ query: "02 {address} 52 00 03", at: 4, dataType: "uint16", pattern: "^02 09 52" },
      ...{ command: "02 {address} 54 02 {value} 03" },
      ...{ acknowledge: "^02 09 06", refusal: "^02 09 15 01 (..)" },
    },
  },
};

test("a C program that speaks in lines over a pty is read, written, and refuses in its words", async (t) => {
  if (!hasProgram(t, "socat", "socat") || !hasProgram(t, "cc", "gcc libc6-dev")) return;
  const folder = scratchFolder(t);
  const path = join(folder, "port");
  await openPort(t, path, build(folder, source("line-device.c")));
  const { link, announce, reported } = runMapper(t);
  announce("heater", { ...heaterConfig, serialPort: path }, heater);
  await reported("heater", "temperature", valueIs("19.5"));
  link.setDesired("default/heater", "setpoint", "42.5", 2);
  await reported("heater", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
  await reported("heater", "temperature", valueIs("42"));
  link.setDesired("default/heater", "setpoint", "95", 3);
  const { outcome } = await reported(
    "heater",
    "setpoint",
    (twin) => twin.outcome?.phase === "Rejected",
  );
  assert.match(outcome?.message ?? "", /the device said "E7 setpoint above 90"/);
});

test("a C program that speaks in frames over a pty is read, written, and refuses", async (t) => {
  if (!hasProgram(t, "socat", "socat") || !hasProgram(t, "cc", "gcc libc6-dev")) return;
  const folder = scratchFolder(t);
  const path = join(folder, "port");
  await openPort(t, path, build(folder, source("frame-device.c")));
  const { link, announce, reported } = runMapper(t);
  announce("scale", { ...scaleConfig, serialPort: path }, scale);
  await reported("scale", "weight", valueIs("-1.234"));
  await reported("scale", "stable", valueIs("true"));
  link.setDesired("default/scale", "tare", "300", 2);
  await reported("scale", "tare", ({ outcome }) => outcome?.phase === "Applied");
  await reported("scale", "weight", valueIs("-1.534"));
  link.setDesired("default/scale", "tare", "6000", 3);
  const { outcome } = await reported("scale", "tare", (twin) => twin.outcome?.phase === "Rejected");
  assert.match(outcome?.message ?? "", /the device said "07"/);
});

test("a shell program that talks unasked is listened to", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const path = join(scratchFolder(t), "port");
  await openPort(t, path, `"sh ${source("talker.sh")}"`);
  const { announce, reported } = runMapper(t);
  announce(
    "wind",
    { serialPort: path, terminator: "\\n" },
    {
      speed: { type: "FLOAT", configData: { pattern: "^\\$WIMWV,\\d+,R,([\\d.]+),M" } },
      direction: { type: "INT", configData: { pattern: "^\\$WIMWV,(\\d+),R" } },
    },
  );
  await reported("wind", "speed", valueIs("4.2"));
  await reported("wind", "direction", valueIs("214"));
});

test("a port that another program has is taken as soon as it is free", async (t) => {
  if (!hasProgram(t, "socat", "socat") || !hasProgram(t, "cc", "gcc libc6-dev")) return;
  const folder = scratchFolder(t);
  const path = join(folder, "port");
  await openPort(t, path, build(folder, source("line-device.c")));
  const other = new SerialPort({ path, baudRate: 9600, autoOpen: false });
  await new Promise<void>((done, fail) => other.open((error) => (error ? fail(error) : done())));
  const { link, announce, reported, until } = runMapper(t);
  announce("heater", { ...heaterConfig, serialPort: path }, heater);
  await until(() => link.state("default/heater") === "offline");
  await new Promise<void>((done) => other.close(() => done()));
  await reported("heater", "temperature", valueIs("19.5"));
});

/** Opens the port as a user without rights, and prints what is said to that. */
const AS_NOBODY = `
  const { openPort } = await import(process.argv[1]);
  const [, , path] = process.argv;
  const line = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1, flowControl: "none" };
  await openPort({ serialPort: path, ...line }, { signal: new AbortController().signal }).then(
    () => console.log("opened"),
    ({ code, message }) => console.log(code, message),
  );`;

test("a port that the user may not use: what to do about it is said", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  if (process.getuid?.() !== 0) {
    t.skip("only root can be somebody else");
    return;
  }
  const path = join(scratchFolder(t), "port");
  await openPort(t, path, "cat");
  chmodSync(dirname(path), 0o755);
  const module = resolve(import.meta.dirname, "port/open-port.ts");
  const said = execFileSync(
    process.execPath,
    ["-C", "source", "--input-type=module", "-e", AS_NOBODY, module, path],
    { uid: 65_534, gid: 65_534, encoding: "utf8" },
  );
  assert.match(
    said,
    /^unreachable serial port .*[Pp]ermission denied.*; this user may not use it: .*dialout/,
  );
});
