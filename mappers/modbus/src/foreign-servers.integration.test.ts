import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { catalogue, serveBus } from "@mapperkit/sim-modbus";
import {
  buildWithLibmodbus,
  hasProgram,
  hasPythonModule,
  openPtyPair,
  SYSTEM_PYTHON,
} from "@mapperkit/sim-plant/testing";
import { openSerial } from "./client/serial-stream.ts";
import { runMapper, type TestProperty, valueIs } from "./testing/running-mapper.ts";

/** Serves 200 addresses of each space, for ever: on TCP without an argument, else on that port. */
const LIBMODBUS_SERVER = `
#include <modbus.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
int main(int argc, char **argv) {
  modbus_t *m = argc > 1 ? modbus_new_rtu(argv[1], 115200, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", 0);
  modbus_mapping_t *map = modbus_mapping_new(200, 200, 200, 200);
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  int listener = -1, count;
  map->tab_input_registers[3] = 0x41a4;
  map->tab_input_bits[5] = 1;
  map->tab_registers[0] = 0x0101;
  modbus_set_slave(m, 1);
  if (argc > 1) {
    if (modbus_connect(m) < 0) return 1;
    puts("0");
  } else {
    struct sockaddr_in at; socklen_t size = sizeof at;
    listener = modbus_tcp_listen(m, 1);
    getsockname(listener, (struct sockaddr *)&at, &size);
    printf("%d\\n", ntohs(at.sin_port));
  }
  fflush(stdout);
  for (;;) {
    if (listener >= 0) modbus_tcp_accept(m, &listener);
    while ((count = modbus_receive(m, query)) >= 0) if (count > 0) modbus_reply(m, query, count, map);
  }
}`;

const properties: Readonly<Record<string, TestProperty>> = {
  reading: {
    type: "FLOAT",
    configData: { space: "inputRegister", address: 3, dataType: "float32" },
  },
  contact: { type: "BOOLEAN", configData: { space: "discreteInput", address: 5 } },
  first: {
    type: "INT",
    accessMode: "ReadWrite",
    configData: { space: "holdingRegister", address: 8, dataType: "int32", byteOrder: "CDAB" },
  },
  bit: {
    type: "BOOLEAN",
    accessMode: "ReadWrite",
    configData: { space: "holdingRegister", address: 0, bit: 4 },
  },
  relay: { type: "BOOLEAN", accessMode: "ReadWrite", configData: { space: "coil", address: 7 } },
};

/** The same on pymodbus; its blocks count from 1 more than the wire does. */
const PYMODBUS_SERVER = `
import socket
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartTcpServer
def block():
    return ModbusSequentialDataBlock(0, [0] * 200)
unit = ModbusSlaveContext(di=block(), co=block(), hr=block(), ir=block(), zero_mode=True)
unit.setValues(4, 3, [0x41a4])
unit.setValues(2, 5, [1])
unit.setValues(3, 0, [0x0101])
free = socket.socket(); free.bind(("127.0.0.1", 0)); port = free.getsockname()[1]; free.close()
print(port, flush=True)
StartTcpServer(context=ModbusServerContext(slaves={1: unit}, single=False), address=("127.0.0.1", port))
`;

/** Starts the server; undefined where it cannot be built. */
async function startServer(t: TestContext, args: readonly string[]): Promise<number | undefined> {
  const program = buildWithLibmodbus(t, LIBMODBUS_SERVER);
  return program === undefined ? undefined : await startProgram(t, program, args);
}

/** Resolves with the port that it prints. */
async function startProgram(
  t: TestContext,
  program: string,
  args: readonly string[],
): Promise<number> {
  const server = spawn(program, [...args], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(async () => {
    if (server.exitCode !== null) return;
    const exit = once(server, "exit");
    server.kill();
    await exit;
  });
  const ended = once(server, "exit").then(() => Promise.reject(new Error("the server ended")));
  const [port] = (await Promise.race([once(server.stdout, "data"), ended])) as [Buffer];
  ended.catch(() => undefined);
  return Number(port.toString());
}

async function exercise(t: TestContext, config: object): Promise<void> {
  const { link, announce, reported } = runMapper(t);
  announce("plant", config, properties);
  await reported("plant", "reading", valueIs("20.5"));
  await reported("plant", "contact", valueIs("true"));
  await reported("plant", "bit", valueIs("false"));
  link.setDesired("default/plant", "first", "-100000");
  link.setDesired("default/plant", "bit", "true");
  link.setDesired("default/plant", "relay", "true");
  for (const property of ["first", "bit", "relay"]) {
    await reported("plant", property, ({ outcome }) => outcome?.phase === "Applied");
  }
  assert.equal(link.twin("default/plant", "first")?.actual?.value, "-100000");
}

test("a server built on libmodbus is read and written over TCP", async (t) => {
  const port = await startServer(t, []);
  if (port !== undefined) await exercise(t, { port });
});

test("a server on pymodbus is read and written, bits with function 22, registers with 23", async (t) => {
  if (!hasPythonModule(t, "pymodbus.client", "python3-pymodbus python3-serial-asyncio")) return;
  const port = await startProgram(t, SYSTEM_PYTHON, ["-c", PYMODBUS_SERVER]);
  await exercise(t, { port, maskWrite: true, writeWith: "readWrite" });
});

test("bits are written with function 22 to a server built on libmodbus", async (t) => {
  const port = await startServer(t, []);
  if (port !== undefined) await exercise(t, { port, maskWrite: true, writeWith: "readWrite" });
});

test("a server built on libmodbus is read and written over a serial line", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const [ours, theirs] = await openPtyPair(t);
  if ((await startServer(t, [theirs])) === undefined) return;
  await exercise(t, { serialPort: ours, baudRate: 115_200 });
});

test("two simulated meters on a serial line of 38,400 baud, one of them dead", async (t) => {
  if (!hasProgram(t, "socat", "socat")) return;
  const [ours, theirs] = await openPtyPair(t);
  const line = { baudRate: 38_400, parity: "even", stopBits: 1 } as const;
  const devices = [1, 2].map((unit) => ({ unit, simulator: catalogue.meter }));
  await using bus = await serveBus({ devices, place: { path: theirs, ...line }, ticks: false });
  bus.plant(2).inject({ kind: "silent" });
  const { link, announce, reported } = runMapper(t);
  const voltage = {
    type: "FLOAT",
    configData: { space: "inputRegister", address: 0, dataType: "float32" },
  };
  for (const unitId of [2, 1]) {
    const own = { serialPort: ours, ...line, unitId, timeoutMs: 100, lateAnswerMs: 50 };
    announce(`meter-${unitId}`, own, { voltage });
  }
  await reported("meter-1", "voltage", valueIs("230"));
  assert.notEqual(link.state("default/meter-2"), "online");
  assert.equal(link.state("default/meter-1"), "online");
});

test("a serial port that is missing says what to check", async () => {
  const target = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;
  await assert.rejects(openSerial({ path: "/dev/ttyNONE", ...target }), {
    code: "unreachable",
    message: /\/dev\/ttyNONE: .*check serialPort, and that the adapter is plugged in/,
  });
});
