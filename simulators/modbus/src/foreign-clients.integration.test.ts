import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  buildWithLibmodbus,
  hasProgram,
  hasPythonModule,
  openPtyPair,
  run,
  SYSTEM_PYTHON,
} from "@mapperkit/sim-plant/testing";
import { catalogue } from "./devices/catalogue.ts";
import { serveBus } from "./modbus-bus.ts";

const devices = [
  { unit: 1, simulator: catalogue.oven },
  { unit: 2, simulator: catalogue.meter },
];

test("mbpoll reads and writes an oven and a meter over TCP", async (t) => {
  if (!hasProgram(t, "mbpoll", "mbpoll")) return;
  await using bus = await serveBus({ devices, ticks: false });
  const poll = (...args: string[]) => run("mbpoll", ["-0", "-1", "-p", `${bus.port}`, ...args]);

  assert.match(await poll("-a", "1", "-t", "3", "-r", "0", "127.0.0.1"), /\[0\]:\s+210\b/);
  await poll("-a", "1", "-t", "4", "-r", "0", "127.0.0.1", "455");
  assert.equal(bus.plant(1).get("setpoint"), 45.5);
  await poll("-a", "1", "-t", "0", "-r", "0", "127.0.0.1", "0", "1");
  assert.deepEqual([bus.plant(1).get("enabled"), bus.plant(1).get("light")], [false, true]);
  assert.match(await poll("-a", "1", "-t", "1", "-r", "0", "-c", "2", "127.0.0.1"), /\[1\]:\s+0/);
  const volts = await poll("-a", "2", "-t", "3:float", "-B", "-r", "0", "127.0.0.1");
  assert.match(volts, /\[0\]:\s+230/);
  await assert.rejects(poll("-a", "1", "-t", "3", "-r", "50", "127.0.0.1"), /Illegal data address/);
  await assert.rejects(
    poll("-a", "1", "-t", "4", "-r", "0", "127.0.0.1", "9000"),
    /Illegal data value/,
  );
});

test("mbpoll reads and writes over a serial line", async (t) => {
  if (!hasProgram(t, "mbpoll", "mbpoll") || !hasProgram(t, "socat", "socat")) return;
  const [ours, theirs] = await openPtyPair(t);
  const place = { path: ours, baudRate: 19_200, parity: "none", stopBits: 1 } as const;
  await using bus = await serveBus({ devices, place, ticks: false });
  const line = ["-m", "rtu", "-b", "19200", "-P", "none", "-0", "-1"];
  const poll = (...args: string[]) => run("mbpoll", [...line, ...args]);

  assert.match(await poll("-a", "1", "-t", "3", "-r", "0", theirs), /\[0\]:\s+210\b/);
  await poll("-a", "1", "-t", "4", "-r", "0", theirs, "300");
  assert.equal(bus.plant(1).get("setpoint"), 30);
  assert.match(await poll("-a", "2", "-t", "3:float", "-B", "-r", "8", theirs), /\[8\]:\s+50/);
  await assert.rejects(poll("-a", "9", "-t", "3", "-r", "0", theirs), /time.*out/i);
});

/** Functions 22 and 23, and both packings of bits, as libmodbus does them. */
const LIBMODBUS_CLIENT = `
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  modbus_t *m = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
  uint16_t words[8]; uint8_t bits[8]; uint16_t one = 250;
  modbus_set_slave(m, 1);
  if (modbus_connect(m) < 0) return 1;
  printf("%d ", modbus_read_input_registers(m, 0, 4, words)); printf("%d ", words[0]);
  printf("%d ", modbus_write_and_read_registers(m, 0, 1, &one, 0, 2, words)); printf("%d %d ", words[0], words[1]);
  printf("%d ", modbus_mask_write_register(m, 0, 0xfff0, 0x0005));
  printf("%d ", modbus_read_registers(m, 0, 1, words)); printf("%d ", words[0]);
  printf("%d ", modbus_write_bit(m, 1, 1)); printf("%d ", modbus_read_bits(m, 0, 2, bits)); printf("%d%d ", bits[0], bits[1]);
  printf("%d ", modbus_read_input_bits(m, 0, 2, bits));
  printf("%d\\n", modbus_read_registers(m, 90, 1, words));
  return 0;
}`;

test("a client built on libmodbus is answered as it expects", async (t: TestContext) => {
  const client = buildWithLibmodbus(t, LIBMODBUS_CLIENT);
  if (!client) return;
  await using bus = await serveBus({ devices, ticks: false });
  const said = await run(client, [`${bus.port}`]);
  // 250 is 0x00fa: its low four bits become 5, which is 245.
  assert.equal(said.trim(), "4 210 2 250 20 1 1 245 1 2 11 2 -1");
  assert.equal(bus.plant(1).get("setpoint"), 24.5);
});

const PYMODBUS_CLIENT = `
import sys
from pymodbus.client import ModbusTcpClient
client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]))
assert client.connect()
print(client.read_input_registers(0, 1, slave=1).registers)
print(client.write_register(0, 455, slave=1).isError(), client.read_holding_registers(0, 1, slave=1).registers)
print(client.write_coils(0, [False, True], slave=1).isError(), client.read_coils(0, 2, slave=1).bits[:2])
print(client.read_holding_registers(90, 1, slave=1).exception_code)
# These two of pymodbus 3.0 pass over "slave" and would ask unit 0, which is nobody among several.
print(client.mask_write_register(address=0, and_mask=0xfff0, or_mask=5, unit=1).isError(),
      client.read_holding_registers(0, 1, slave=1).registers)
print(client.readwrite_registers(read_address=0, read_count=2, write_address=0,
                                 write_registers=[250], unit=1).registers)
client.close()
`;

test("a client on pymodbus is answered as it expects", async (t) => {
  if (!hasPythonModule(t, "pymodbus.client", "python3-pymodbus python3-serial-asyncio")) return;
  await using bus = await serveBus({ devices, ticks: false });
  const said = await run(SYSTEM_PYTHON, ["-c", PYMODBUS_CLIENT, `${bus.port}`]);
  assert.deepEqual(said.trim().split("\n"), [
    ...["[210]", "False [455]", "False [False, True]", "2"],
    // 455 is 0x01c7: its low four bits become 5, which is 453.
    ...["False [453]", "[250, 20]"],
  ]);
  assert.equal(bus.plant(1).get("setpoint"), 25);
});
