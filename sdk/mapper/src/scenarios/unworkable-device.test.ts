import assert from "node:assert/strict";
import { test } from "node:test";
import { registerMapper } from "../fixtures/register-bus.ts";
import { announceRegisters, createRegisterWorld } from "../fixtures/register-world.ts";

const UNIT = "default/unit-1";
const good = { name: "good", at: { address: 0, dataType: "uint16" } };

const mistakes: [what: string, property: object, reason: string, message: RegExp][] = [
  [
    "a visitor without address",
    { at: { dataType: "uint16" } },
    "InvalidVisitor",
    /^spec\.properties\[bad\]\.visitors\.configData\.address: .*number/,
  ],
  [
    "a key that nobody knows",
    { at: { address: 5, dataType: "uint16", adress: 6 } },
    "InvalidVisitor",
    /^spec\.properties\[bad\]\.visitors\.configData\.adress /,
  ],
  [
    "an unknown type",
    { at: { address: 5, dataType: "uint17" } },
    "InvalidVisitor",
    /^spec\.properties\[bad\]\.visitors\.configData\.dataType .*uint17/,
  ],
  [
    "a minimum above the maximum",
    { at: { address: 5, dataType: "uint16" }, bounds: { minimum: "9", maximum: "1" } },
    "InvalidBound",
    /^properties\[bad\]\.minimum is 9.*1/,
  ],
  [
    "a negative cycle",
    { at: { address: 5, dataType: "uint16" }, collectCycle: -5 },
    "NegativeCycle",
    /^spec\.properties\[bad\]\.collectCycle is -5/,
  ],
  [
    "registers that another property writes too",
    { at: { address: 0, dataType: "uint16" } },
    "OverlappingRegisters",
    /^spec\.properties\[bad\]\.visitors\.configData address is 0, but "good" covers it/,
  ],
];
for (const [what, property, reason, message] of mistakes) {
  test(`${what} is told on the twin by field and reason, before the first request`, async () => {
    const bad = { name: "bad", at: {}, ...property };
    const { world, bus, link, clock } = await createRegisterWorld([
      announceRegisters(1, [good, bad]),
    ]);
    await using _ = world;
    await clock.advance(5000);
    const { actual, outcome } = link.twin(UNIT, "bad") ?? {};
    assert.deepEqual([outcome?.phase, outcome?.reason], ["Rejected", reason]);
    assert.match(outcome?.message ?? "", message);
    assert.deepEqual(
      [actual?.value, actual?.metadata?.quality, actual?.metadata?.reason],
      ["", "Bad", "configurationError"],
    );
    assert.ok(bus.reads.every(({ start, length }) => start === 0 && length === 1));
    assert.equal(link.twin(UNIT, "good")?.actual?.metadata?.quality, "Good");
    assert.equal(link.state(UNIT), "online");
  });
}

test("a mended mistake is taken back, also by a mapper that was started anew", async () => {
  const bad = { name: "bad", at: { address: "five" } };
  const mended = { name: "bad", at: { address: 5, dataType: "uint16" } };
  const { world, bus, link, clock } = await createRegisterWorld([announceRegisters(1, [bad])]);
  await using _ = world;
  await clock.advance(3000);
  assert.equal(link.twin(UNIT, "bad")?.outcome?.phase, "Rejected");
  link.announce(announceRegisters(1, [mended]));
  await clock.advance(2000);
  const { outcome, actual } = link.twin(UNIT, "bad") ?? {};
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Applied", "Accepted"]);
  assert.deepEqual([actual?.value, actual?.metadata?.quality], ["0", "Good"]);
  link.announce(announceRegisters(1, [bad]));
  await clock.advance(1000);
  await world.stopMapper();
  link.announce(announceRegisters(1, [mended]));
  await world.startMapper(registerMapper(bus));
  await clock.advance(2000);
  assert.equal(link.twin(UNIT, "bad")?.outcome?.reason, "Accepted");
});

test("a restart says nothing new of a fault; a desired value has its own outcome", async () => {
  const bad = { name: "bad", at: { address: "five" } };
  const { world, bus, link, clock } = await createRegisterWorld([announceRegisters(1, [bad])]);
  await using _ = world;
  await clock.advance(3000);
  await world.stopMapper();
  const before = link.reports.length;
  await world.startMapper(registerMapper(bus));
  await clock.advance(5000);
  const outcomes = () => link.reports.slice(before).flatMap(({ twin }) => twin.bad?.outcome ?? []);
  // The edge takes an equal outcome as no change.
  const facts = outcomes().map(({ timestamp: _, ...rest }) => rest);
  const { timestamp: __, ...known } = link.twin(UNIT, "bad")?.outcome ?? {};
  assert.deepEqual(facts, [known]);
  link.setDesired(UNIT, "bad", "7", 3);
  await clock.advance(1000);
  const [refusal, ...more] = outcomes().slice(1);
  assert.deepEqual([refusal?.phase, refusal?.generation, more.length], ["Rejected", 3, 0]);
});

test("a fault of the whole device is told once, and all of its properties show Bad", async () => {
  const device = announceRegisters(1, [good, { name: "other", at: { address: 1 } }]);
  const { protocol } = device.device.spec ?? {};
  Object.assign(protocol?.configData ?? {}, { unit: "one" });
  const { world, link, clock } = await createRegisterWorld([device]);
  await using _ = world;
  await clock.advance(3000);
  const first = link.twin(UNIT, "good");
  assert.equal(first?.outcome?.reason, "InvalidConfig");
  assert.match(first?.outcome?.message ?? "", /^spec\.protocol\.configData\.unit: .*number/);
  assert.equal(link.twin(UNIT, "other")?.outcome, undefined);
  for (const name of ["good", "other"]) {
    const { quality, reason } = link.twin(UNIT, name)?.actual?.metadata ?? {};
    assert.deepEqual([quality, reason], ["Bad", "configurationError"]);
  }
  assert.equal(link.state(UNIT), "offline");
});
