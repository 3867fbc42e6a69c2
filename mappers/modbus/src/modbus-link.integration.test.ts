import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { defineModel, holding } from "@mapperkit/api";
import { RealClock, tcpTransports } from "@mapperkit/runtime";
import { type BusOptions, serveBus } from "@mapperkit/sim-modbus";
import { defineSimulator } from "@mapperkit/sim-plant";
import { LateAnswers } from "./client/late-answers.ts";
import { openLink } from "./client/open-link.ts";
import { openSerial } from "./client/serial-stream.ts";
import { modbusConfig } from "./config/modbus-config.ts";
import { dataOf } from "./pdu/answers.ts";
import { readRequest, writeRegisterRequest } from "./pdu/requests.ts";

const bank = defineSimulator(
  defineModel("bank", { words: holding(0, "uint16", { arrayLength: 50 }) }),
  { state: () => ({ words: Array.from({ length: 50 }, (_, i) => i) }) },
);
const devices = [1, 2].map((unit) => ({ unit, simulator: bank }));
const clock = new RealClock();

async function linked(t: TestContext, framing: "tcp" | "rtu", options: Partial<BusOptions> = {}) {
  const bus = await serveBus({ devices, framing, ...options });
  t.after(() => bus[Symbol.asyncDispose]());
  const transport = framing === "tcp" ? "tcp" : "rtu-over-tcp";
  const config = modbusConfig.parse({ transport, port: bus.port, lateAnswerMs: 300 });
  const late = new LateAnswers(clock);
  const open = async () => {
    const { signal } = new AbortController();
    const link = await openLink(config, {
      clock,
      transports: tcpTransports(clock),
      late,
      signal,
      openPort: openSerial,
    });
    t.after(() => link.close());
    return link;
  };
  const link = await open();
  const word = async (unit: number, address: number, timeoutMs = 1000) => {
    const request = readRequest("holdingRegister", address, 1);
    const data = dataOf(await link.request(unit, request, { timeoutMs }), "reading");
    return (data[0] ?? 0) * 256 + (data[1] ?? 0);
  };
  return { bus, link, open, word };
}

const isSilence = { code: "timed_out" };

for (const framing of ["tcp", "rtu"] as const) {
  test(`${framing}: requests to several units at once are answered each with its own`, async (t) => {
    const { bus, link, word } = await linked(t, framing);
    await link.request(2, writeRegisterRequest(3, Uint8Array.of(1, 0)), { timeoutMs: 1000 });
    assert.deepEqual((bus.plant(2).get("words") as number[])[3], 256);
    const asked = Array.from({ length: 20 }, (_, i) => word(1 + (i % 2), i % 10));
    const expected = Array.from({ length: 20 }, (_, i) => (i === 13 || i === 3 ? 256 : i % 10));
    assert.deepEqual(await Promise.all(asked), expected);
  });

  test(`${framing}: an answer that comes late is never taken for another's`, async (t) => {
    const { bus, word } = await linked(t, framing);
    const end = bus.plant(1).inject({ kind: "latency", ms: 120 });
    await assert.rejects(word(1, 7, 50), isSilence);
    end();
    // The late answer holds 7 and has the shape of this one's.
    assert.equal(await word(1, 9), 9);
    assert.equal(await word(2, 4), 4);
  });

  test(`${framing}: an answer of the wrong unit is none`, async (t) => {
    const { bus, word } = await linked(t, framing);
    const end = bus.plant(1).inject({ kind: "wrongUnit" });
    await assert.rejects(word(1, 7, 60), isSilence);
    end();
    assert.equal(await word(1, 8), 8);
    assert.equal(await word(2, 9), 9);
  });

  test(`${framing}: an answer cut into pieces is one answer`, async (t) => {
    const { bus, word } = await linked(t, framing);
    bus.plant(1).inject({ kind: "split", bytes: 1 });
    assert.equal(await word(1, 7), 7);
  });

  test(`${framing}: a device that hangs up fails what is under way, and what follows`, async (t) => {
    const { bus, word } = await linked(t, framing);
    bus.plant(1).inject({ kind: "drop" });
    await assert.rejects(word(1, 7), { code: "unreachable" });
    await assert.rejects(word(1, 7), { code: "unreachable" });
  });
}

test("rtu: a late answer of the session before is not taken by the next", async (t) => {
  const { bus, link, open, word } = await linked(t, "rtu");
  bus.plant(1).inject({ kind: "silent", for: "80ms" });
  await assert.rejects(word(1, 7, 40), isSilence);
  await link.close();
  const begin = clock.now();
  const request = readRequest("holdingRegister", 3, 1);
  const answer = await (await open()).request(1, request, { timeoutMs: 1000 });
  assert.deepEqual([...answer], [3, 2, 0, 3]);
  assert.ok(clock.now() - begin >= 200, "it waits until no late answer can come");
});

test("rtu: a wrong check and half a frame are silence", async (t) => {
  const { bus, word } = await linked(t, "rtu");
  for (const kind of ["badCrc", "truncate"] as const) {
    const end = bus.plant(1).inject({ kind });
    await assert.rejects(word(1, 7, 50), isSilence);
    end();
    assert.equal(await word(1, 8), 8);
  }
});

test("rtu: a broadcast reaches all and is not waited for", async (t) => {
  const { bus, link, word } = await linked(t, "rtu");
  await link.broadcast(writeRegisterRequest(5, Uint8Array.of(0, 77)));
  assert.deepEqual([await word(1, 5), await word(2, 5)], [77, 77]);
  assert.equal((bus.plant(2).get("words") as number[])[5], 77);
});

test("tcp: an aborted request fails at once, the link lives on", async (t) => {
  const { link, word } = await linked(t, "tcp");
  const request = readRequest("holdingRegister", 0, 1);
  const signal = AbortSignal.abort(new Error("not wanted"));
  await assert.rejects(link.request(1, request, { timeoutMs: 1000, signal }), /not wanted/);
  assert.equal(await word(1, 1), 1);
});
