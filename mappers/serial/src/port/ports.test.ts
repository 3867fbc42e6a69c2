import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { findPort, hintFor } from "./find-port.ts";
import { knownPorts, type PortFolders } from "./known-ports.ts";

/** A machine with these adapters on USB, as the kernel shows them. */
function machine(
  t: TestContext,
  adapters: Readonly<Record<string, { vendor: string; product: string; serial?: string }>>,
): PortFolders {
  const root = mkdtempSync(join(tmpdir(), "ports-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folders = { dev: join(root, "dev"), sys: join(root, "sys") };
  const write = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  for (const [name, { vendor, product, serial }] of Object.entries(adapters)) {
    const usb = join(folders.sys, "devices", `usb-${name}`);
    write(join(usb, "idVendor"), `${vendor}\n`);
    write(join(usb, "idProduct"), `${product}\n`);
    if (serial) write(join(usb, "serial"), `${serial}\n`);
    const port = join(usb, "1-1:1.0", name);
    mkdirSync(port, { recursive: true });
    mkdirSync(join(folders.sys, "class/tty", name), { recursive: true });
    symlinkSync(port, join(folders.sys, "class/tty", name, "device"));
    write(join(folders.dev, name), "");
    write(join(folders.dev, "serial/by-id", `usb-${vendor}-${name}`), "");
  }
  return folders;
}

const TWO = {
  ttyUSB0: { vendor: "0403", product: "6001", serial: "A1" },
  ttyUSB1: { vendor: "0403", product: "6001", serial: "B2" },
  ttyACM0: { vendor: "2341", product: "0043" },
};

test("a port is found by the USB numbers of its adapter, wherever it is plugged in", (t) => {
  const folders = machine(t, TWO);
  assert.equal(findPort("usb:0403:6001:B2", folders), join(folders.dev, "ttyUSB1"));
  assert.equal(findPort("USB:2341:0043", folders), join(folders.dev, "ttyACM0"));
  assert.equal(findPort("/dev/ttyS0", folders), "/dev/ttyS0");
});

test("an adapter that is missing, or is there twice, is said with what there is", (t) => {
  const folders = machine(t, TWO);
  assert.throws(() => findPort("usb:0403:6001", folders), {
    code: "unreachable",
    message: /2 adapters .*usb:0403:6001:A1 .*usb:0403:6001:B2.*add the serial number/,
  });
  assert.throws(
    () => findPort("usb:1234:5678", folders),
    /no such adapter.*usb:2341:0043 \(.*ttyACM0\)/,
  );
  const bare = machine(t, {});
  assert.throws(() => findPort("usb:1234:5678", bare), /there is none on USB/);
});

test("the ports of a machine are listed, the stable names first", (t) => {
  const folders = machine(t, TWO);
  const names = knownPorts(folders).map((path) => path.slice(folders.dev.length));
  assert.deepEqual(names.slice(0, 1), ["/serial/by-id/usb-0403-ttyUSB0"]);
  assert.deepEqual(names.slice(3), ["/ttyACM0", "/ttyUSB0", "/ttyUSB1"]);
  assert.deepEqual(knownPorts({ dev: "/nowhere", sys: "/nowhere" }), []);
});

const hints: readonly (readonly [message: string, said: RegExp])[] = [
  [
    "Error: No such file or directory, cannot open /dev/ttyUSB9",
    /plugged in; ports here: .*ttyUSB0/,
  ],
  ["Error: Permission denied, cannot open /dev/ttyUSB0", /group that owns .*dialout/],
  ["Error Resource temporarily unavailable Cannot lock port", /another program has it/],
  ["Error: Inappropriate ioctl for device, cannot set", /takes these line settings/],
];
for (const [message, said] of hints) {
  test(`"${message}" says what to check`, (t) => {
    assert.match(hintFor("/dev/ttyUSB9", message, machine(t, TWO)), said);
  });
}
