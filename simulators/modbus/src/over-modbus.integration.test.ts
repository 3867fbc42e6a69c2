import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { defineModel, holding, input, parseDevice } from "@mapperkit/api";
import { MemoryTransports, VirtualClock } from "@mapperkit/runtime";
import { defineSimulator } from "@mapperkit/sim-plant";
import { hasProgram, run } from "@mapperkit/sim-plant/testing";
import { modbusRtuPty, modbusTcp, rtuOverTcp } from "./over-modbus.ts";

const model = defineModel("tank", {
  level: input(3, "uint16"),
  limit: holding(5, "uint16", { maximum: 100 }),
});
const tank = defineSimulator(model, { state: () => ({ level: 42, limit: 80 }) });

async function ask(port: number, hex: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.write(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString("hex");
}

test("serve({ over: modbusTcp() }): one unit on a socket, which closes with its plant", async () => {
  const plant = await tank.serve({ over: modbusTcp({ unit: 7 }), ticks: false });
  assert.equal(plant.url, `tcp://127.0.0.1:${plant.port}`);
  assert.equal(await ask(plant.port, "0001 0000 0006 07 04 0003 0001"), "000100000005070402002a");
  assert.equal(await ask(plant.port, "0002 0000 0006 07 06 0005 0063"), "000200000006070600050063");
  assert.equal(plant.get("limit"), 99);
  await plant[Symbol.asyncDispose]();
  await assert.rejects(ask(plant.port, "00"), { code: "ECONNREFUSED" });
});

test("quirks and the unit of a Device are heeded", async () => {
  const over = modbusTcp({ quirks: { maxReadRegisters: 1, gaps: "zero" } });
  const device = parseDevice({
    ...{ apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", metadata: { name: "tank" } },
    spec: { protocol: { protocolName: "modbus", configData: { unitId: 9 } } },
  });
  await using plant = await tank.serve({ over, device, ticks: false });
  assert.equal(await ask(plant.port, "0001 0000 0006 09 04 0003 0002"), "000100000003098403");
  assert.equal(await ask(plant.port, "0001 0000 0006 09 04 0000 0001"), "0001000000050904020000");
});

test("serve({ over: rtuOverTcp() }): frames with a check", async () => {
  await using plant = await tank.serve({ over: rtuOverTcp(), ticks: false });
  assert.equal(await ask(plant.port, "01 04 0003 0001 c1ca"), "010402002a38ef");
});

test("simulator.over(): in memory, and further devices on the same bus, each with its own registers", async () => {
  const transports = new MemoryTransports();
  const clock = new VirtualClock(0);
  const other = defineSimulator(defineModel("gate", { position: input(0, "uint16") }), {
    state: () => ({ position: 3 }),
  });
  const place = { host: "plant", port: 1 };
  const sim = tank.over(modbusTcp());
  await using plant = await sim.serve({ over: "memory", transports, clock, ...place });
  await using gate = await other.over(modbusTcp()).serve({ over: plant.bus, unit: 2, clock });
  gate.set("position", 5);
  const stream = await transports.tcp(place);
  const answers = stream.read()[Symbol.asyncIterator]();
  const read = async (hex: string) => {
    await stream.write(Buffer.from(hex, "hex"));
    return Buffer.from((await answers.next()).value ?? []).toString("hex");
  };
  assert.equal(await read("000100000006010400030001"), "000100000005010402002a");
  assert.equal(await read("000200000006020400000001"), "0002000000050204020005");
  await assert.rejects(other.serve({ over: plant.bus, unit: 2, clock }), { code: "conflict" });
  await stream.close();
});

test("serve({ over: modbusRtuPty() }): a serial port that mbpoll reads", async (t) => {
  if (!hasProgram(t, "socat", "socat") || !hasProgram(t, "mbpoll", "mbpoll")) return;
  const path = `/tmp/mapperkit-tank-${process.pid}`;
  const over = modbusRtuPty({ path, baudRate: 19_200 });
  await using plant = await tank.serve({ over, ticks: false });
  assert.deepEqual([plant.url, plant.port], [path, 0]);
  const line = ["-m", "rtu", "-b", "19200", "-P", "none", "-0", "-1"];
  const said = await run("mbpoll", [...line, "-a", "1", "-t", "3", "-r", "3", path]);
  assert.match(said, /\[3\]:\s+42\b/);
});
