import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { busLoadOf, requestTimeMs } from "./bus-load.ts";
import { rtuFrameCost, tcpFrameCost } from "./frame-costs.ts";

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, not ${expected}`);
const holding = (length: number) => ({ space: "holdingRegister", length });

test("ten registers at 9600 baud, even parity: 33 characters, two silences, the device's time", () => {
  const cost = rtuFrameCost({
    baudRate: 9600,
    parity: "even",
    turnaroundMs: 10,
    pauseBetweenMs: 20,
  });
  const characterMs = 11_000 / 9600;
  near(requestTimeMs(holding(10), cost), (8 + 5 + 20 + 7) * characterMs + 10 + 20);
});

test("8N1 has ten bits a character; silence is fixed above 19,200 baud", () => {
  const slow = rtuFrameCost({ baudRate: 19_200 });
  assert.equal(slow.bitsPerByte, 10);
  near(slow.silenceMs, (3.5 * 10_000) / 19_200);
  assert.equal(rtuFrameCost({ baudRate: 115_200 }).silenceMs, 1.75);
});

test("coils are eight to a byte", () => {
  const cost = { ...tcpFrameCost({ roundTripMs: 0 }), bitsPerSecond: 8000 };
  near(requestTimeMs({ space: "coil", length: 9 }, cost), 12 + 9 + 2);
});

test("utilisation is time over cycle, summed over rounds; more than all of it is refused", () => {
  const cost = tcpFrameCost({ roundTripMs: 100, bitsPerSecond: 1e15 });
  const requests = Array.from({ length: 5 }, () => {
    return { unit: 1, start: 0, properties: [], ...holding(1) };
  });
  const light = busLoadOf(
    [
      { requests, cycleMs: 1000 },
      { requests, cycleMs: 5000 },
    ],
    cost,
  );
  near(light.utilisation, 0.6);
  near(light.busTimeMs, 1000);
  assert.equal(light.fault, undefined);
  const heavy = busLoadOf([{ requests, cycleMs: 400 }], cost);
  assert.equal(heavy.fault?.reason, "BusOverload");
  assert.match(
    heavy.fault?.message ?? "",
    /asks for 126 % of the bus with 5 requests, must be 100 %/,
  );
});

test("a longer block never costs less, and one block never more than two halves", () => {
  const baudRate = fc.constantFrom(1200, 9600, 19_200, 38_400, 115_200);
  fc.assert(
    fc.property(baudRate, fc.integer({ min: 1, max: 62 }), fc.boolean(), (rate, half, isTcp) => {
      const cost = isTcp ? tcpFrameCost() : rtuFrameCost({ baudRate: rate });
      const whole = requestTimeMs(holding(2 * half), cost);
      assert.ok(whole > requestTimeMs(holding(half), cost));
      assert.ok(whole < 2 * requestTimeMs(holding(half), cost));
    }),
  );
});
