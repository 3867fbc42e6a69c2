import assert from "node:assert/strict";
import { test } from "node:test";
import { defineModel, input } from "@mapperkit/api";
import { MemoryTransports, VirtualClock } from "@mapperkit/runtime";
import { defineSimulator } from "@mapperkit/sim-plant";
import { serveBus } from "../modbus-bus.ts";

const PLACE = { host: "line", port: 1 };
const LINE = { baudRate: 19_200, parity: "none", stopBits: 1 } as const;
const READ = Uint8Array.from(Buffer.from("010400000001", "hex"));
const CHECK = Uint8Array.of(0x31, 0xca);
const ROUNDS = 3;

test("whoever closes the port and opens it again is one client, not two", async () => {
  const clock = new VirtualClock(0);
  const transports = new MemoryTransports();
  const simulator = defineSimulator(defineModel("one", { level: input(0, "uint16") }), {
    state: () => ({ level: 7 }),
  });
  await using bus = await serveBus({
    devices: [{ unit: 1, simulator }],
    place: { transports, ...PLACE, line: LINE },
    clock,
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const stream = await transports.tcp(PLACE);
    const heard = stream.read()[Symbol.asyncIterator]().next();
    await stream.write(Buffer.concat([READ, CHECK]));
    await clock.advance(100);
    const { value } = await heard;
    assert.equal(Buffer.from(value ?? []).toString("hex", 0, 5), "0104020007");
    assert.equal(bus.plant(1).bus.connectionCount, 1, `in round ${round}`);
    await stream.close();
    await clock.advance(1);
    assert.equal(bus.plant(1).bus.connectionCount, 0, `after round ${round}`);
  }
});
