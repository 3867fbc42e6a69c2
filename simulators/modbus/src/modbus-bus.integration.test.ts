import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog, VirtualClock } from "@mapperkit/runtime";
import type { SimFault } from "@mapperkit/sim-plant";
import fc from "fast-check";
import { catalogue } from "./devices/catalogue.ts";
import { createModbus } from "./modbus.ts";
import { type BusOptions, serveBus } from "./modbus-bus.ts";
import { modbusConfig } from "./modbus-config.ts";

const oven = { unit: 1, simulator: catalogue.oven };
const meter = { unit: 2, simulator: catalogue.meter };
const READ_SETPOINT = "0007 0000 0006 01 03 0000 0001";
const SETPOINT_IS_180 = "0007000000050103020708";

/** Sends bytes and waits for so many back, or for the end. */
class Client {
  readonly #socket: Socket;
  readonly pieces: Buffer[] = [];
  #wake: () => void = () => undefined;
  isClosed = false;

  constructor(t: TestContext, port: number) {
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    t.after(() => this.#socket.destroy());
    this.#socket.on("error", () => undefined);
    this.#socket.on("data", (bytes: Buffer) => {
      this.pieces.push(bytes);
      this.#wake();
    });
    this.#socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  send(hex: string): void {
    this.#socket.write(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  }

  async received(count: number): Promise<string> {
    while (Buffer.concat(this.pieces).length < count && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return Buffer.concat(this.pieces).toString("hex");
  }

  async ask(hex: string, count: number): Promise<string> {
    this.pieces.length = 0;
    this.send(hex);
    return await this.received(count);
  }
}

async function served(t: TestContext, options: Partial<BusOptions> = {}) {
  const bus = await serveBus({ devices: [oven, meter], ticks: false, ...options });
  t.after(() => bus[Symbol.asyncDispose]());
  return { bus, client: new Client(t, bus.port) };
}

test("requests that come together are answered each under its transaction", async (t) => {
  const { client } = await served(t);
  const other = READ_SETPOINT.replace("0007", "0008");
  const said = await client.ask(READ_SETPOINT + other, 22);
  assert.equal(said, SETPOINT_IS_180 + SETPOINT_IS_180.replace("0007", "0008"));
});

const faults: [fault: SimFault, answer: string, bytes: number][] = [
  [{ kind: "busy" }, "000700000003018306", 9],
  [{ kind: "exception", code: 4 }, "000700000003018304", 9],
  [{ kind: "wrongUnit" }, "0007000000050203020708", 11],
  [{ kind: "truncate" }, "0007000000", 5],
  [{ kind: "badCrc" }, "0007005500050103020708", 11],
  [{ kind: "latency", ms: 5 }, SETPOINT_IS_180, 11],
  [{ kind: "drop" }, "", 1],
  [{ kind: "restart" }, "", 1],
];
for (const [fault, answer, bytes] of faults) {
  test(`fault ${fault.kind}: the answer is "${answer}", and good again after it`, async (t) => {
    const { bus, client } = await served(t);
    await client.ask(READ_SETPOINT, 11);
    const end = bus.plant(1).inject(fault);
    assert.equal(await client.ask(READ_SETPOINT, bytes), answer);
    end();
    const after = client.isClosed ? new Client(t, bus.port) : client;
    assert.equal(await after.ask(READ_SETPOINT, 11), SETPOINT_IS_180);
  });
}

test("a silent unit is silent alone; so is one that is not there", async (t) => {
  const { bus, client } = await served(t);
  bus.plant(1).inject({ kind: "silent" });
  client.send(READ_SETPOINT);
  client.send("0009 0000 0006 09 03 0000 0001");
  assert.equal(await client.ask("0008 0000 0006 02 03 0000 0001", 11), "0008000000050203020001");
});

test("RTU over TCP: a broadcast reaches all units and none answers", async (t) => {
  const { bus, client } = await served(t, {
    devices: [oven, { ...oven, unit: 5 }],
    framing: "rtu",
  });
  client.send(`0006000001f4${crcHex("0006000001f4")}`);
  const read = "050300000001";
  assert.equal(await client.ask(read + crcHex(read), 7), `05030201f4${crcHex("05030201f4")}`);
  assert.equal(bus.plant(1).get("setpoint"), 50);
  assert.equal(bus.plant(5).get("setpoint"), 50);
});

test("unit 0 and 255 mean the only device that a socket has", async (t) => {
  const { client } = await served(t, { devices: [oven] });
  for (const unit of ["00", "ff"]) {
    const asked = READ_SETPOINT.replace(" 01 03", ` ${unit} 03`);
    assert.equal(await client.ask(asked, 11), SETPOINT_IS_180.replace("050103", `05${unit}03`));
  }
});

for (const framing of ["tcp", "rtu"] as const) {
  test(`${framing}: arbitrary bytes never kill the server`, async (t) => {
    const { bus } = await served(t, { framing });
    const bytes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(bytes, async (pieces) => {
        const socket = connect({ host: "127.0.0.1", port: bus.port }).on("error", () => undefined);
        await once(socket, "connect");
        for (const piece of pieces) if (socket.writable) socket.write(piece);
        socket.resetAndDestroy();
        await once(socket, "close");
      }),
      { numRuns: 100 },
    );
    const client = new Client(t, bus.port);
    const rtu = "010300000001";
    const asked = framing === "tcp" ? READ_SETPOINT : rtu + crcHex(rtu);
    assert.match(await client.ask(asked, 7), /0302/);
  });
}

test("the default plant: an oven heats up, a meter counts", async (t) => {
  const clock = new VirtualClock();
  const config = modbusConfig.parse({ port: 0 });
  const modbus = createModbus(config, { clock, random: createRandom(1), log: silentLog });
  await modbus.start(new AbortController().signal);
  t.after(() => modbus.stop());
  const energy = Number(modbus.plant(2).get("energy"));
  await clock.advance(60_000);
  assert.ok(Number(modbus.plant(1).get("temperature")) > 80);
  assert.ok(Number(modbus.plant(2).get("energy")) > energy);
});

test("a port or a serial line that cannot be used is named", async (t) => {
  const { bus } = await served(t);
  const surroundings = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const start = (config: object) =>
    createModbus(modbusConfig.parse(config), surroundings).start(new AbortController().signal);
  await assert.rejects(start({ port: bus.port }), new RegExp(`port ${bus.port} .* in use`));
  const twice = [1, 1].map((unit) => ({ unit, device: "oven" }));
  assert.match(modbusConfig.safeParse({ units: twice }).error?.message ?? "", /each unit once/);
  await assert.rejects(start({ rtu: { path: "/dev/ttyNONE" } }), /serial port \/dev\/ttyNONE/);
});

function crcHex(hex: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(hex, "hex")) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Buffer.from([crc & 0xff, crc >> 8]).toString("hex");
}
