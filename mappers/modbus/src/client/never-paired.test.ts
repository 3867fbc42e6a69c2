import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { MemoryTransports, VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { rtuFrame } from "../frames/rtu-frames.ts";
import { tcpFrame } from "../frames/tcp-frames.ts";
import { readRequest } from "../pdu/requests.ts";
import { LateAnswers } from "./late-answers.ts";
import type { ModbusLink } from "./modbus-link.ts";
import { RtuLink } from "./rtu-link.ts";
import { TcpLink } from "./tcp-link.ts";

const TIMEOUT_MS = 100;
const LATE_MS = 200;

/** What the far side does with one request. */
interface Behaviour {
  /** Its answer comes after so long, which may be too late; or never. */
  readonly delayMs: number;
  readonly isLost: boolean;
  readonly isOfWrongUnit: boolean;
  readonly isException: boolean;
}

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  delayMs: fc.integer({ min: 0, max: TIMEOUT_MS + LATE_MS - 10 }),
  isLost: fc.boolean(),
  isOfWrongUnit: fc.boolean(),
  isException: fc.boolean(),
});

const wires = {
  tcp: {
    /** The unit's place in a request, and its PDU. */
    unitAt: 6,
    frame: (request: Uint8Array, unit: number, pdu: Uint8Array) =>
      tcpFrame(((request[0] ?? 0) << 8) | (request[1] ?? 0), unit, pdu),
  },
  rtu: { unitAt: 0, frame: (_: Uint8Array, unit: number, pdu: Uint8Array) => rtuFrame(unit, pdu) },
};

/** Opens a link to a far side that answers each read with its address, or with that exception. */
async function openLink(wire: keyof typeof wires, clock: VirtualClock, behaviours: Behaviour[]) {
  const transports = new MemoryTransports();
  const { unitAt, frame } = wires[wire];
  transports.listen("far", 1, async (stream) => {
    for await (const request of stream.read()) {
      const next = behaviours.shift();
      if (!next || next.isLost) continue;
      const [unit = 0, , , address = 0] = request.subarray(unitAt);
      const pdu = next.isException ? [0x83, address] : [3, 2, 0, address];
      const sender = next.isOfWrongUnit ? unit + 1 : unit;
      const answer = frame(request, sender, Uint8Array.from(pdu));
      // Without transactions, what is late and signed by another unit is that unit's to all the world.
      const mostMs = wire === "rtu" && next.isOfWrongUnit ? TIMEOUT_MS - 10 : next.delayMs;
      clock
        .sleep(Math.min(next.delayMs, mostMs))
        .then(() => stream.write(answer))
        .catch(() => undefined);
    }
  });
  const stream = await transports.tcp({ host: "far", port: 1 });
  if (wire === "tcp") return new TcpLink(stream, clock);
  const times = { byteMs: 0, frameGapMs: 0, lateAnswerMs: LATE_MS };
  return new RtuLink({ stream, clock, times, late: new LateAnswers(clock) });
}

/** The address that came back, or the code of the error. */
async function askFor(link: ModbusLink, address: number): Promise<number | string> {
  try {
    const unit = 1 + (address % 2);
    const pdu = readRequest("holdingRegister", address, 1);
    const answer = await link.request(unit, pdu, { timeoutMs: TIMEOUT_MS });
    return answer.at(-1) ?? -1;
  } catch (error) {
    if (error instanceof MapperkitError) return error.code;
    throw error;
  }
}

for (const wire of ["tcp", "rtu"] as const) {
  test(`${wire}: no answer is ever another request's, however late or wrong it is`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(behaviour, { minLength: 1, maxLength: 12 }), async (behaviours) => {
        const clock = new VirtualClock();
        const link = await openLink(wire, clock, [...behaviours]);
        const asked = behaviours.map((_, i) => askFor(link, 10 + i));
        await clock.advance(behaviours.length * (TIMEOUT_MS + LATE_MS) + 1000);
        for (const [i, answer] of (await Promise.all(asked)).entries()) {
          assert.ok(answer === 10 + i || answer === "timed_out", `${10 + i} got ${answer}`);
        }
        await link.close();
      }),
      { numRuns: 150 },
    );
  });
}
