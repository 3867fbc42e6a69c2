import assert from "node:assert/strict";
import { type DialectName, expectedOn, type FaultCase, TOO_SLOW_MS } from "./fault-table.ts";
import { AGE_MS, CYCLE_MS, type SimulatorKit, Stage, TIMEOUT_MS } from "./stage.ts";

const SETTLE_MS = 3000;
const FAULT_MS = 10_000;
/** The longest pause between two tries, and the rate that a neighbour must keep. */
const BACKOFF_MS = 30_000;
const KEPT = 0.95;
/** A failed read is Bad at once: within two cycles, and the time that the failing read itself takes. */
const NOTICED_MS = 2 * CYCLE_MS + TIMEOUT_MS;

/** Lets one fault come and go, and checks what a mapper promises of it. @throws AssertionError */
export async function suffer(
  dialect: DialectName,
  one: FaultCase,
  kit: SimulatorKit,
): Promise<void> {
  const expected = expectedOn(dialect, one);
  await using stage = await Stage.open(dialect, kit);
  await stage.clock.advance(SETTLE_MS);
  assert.ok(
    stage.isGood(1) && stage.isGood(2),
    `not well before: ${JSON.stringify(stage.twin(2))}`,
  );
  const usual = await stage.readsIn(FAULT_MS);
  const sockets = stage.connections;
  const undo = stage.sick.inject(one.fault);
  await stage.clock.advance(NOTICED_MS);
  const { metadata } = stage.twin(2)?.actual ?? {};
  if (expected === "good") assert.ok(stage.isGood(2), JSON.stringify(metadata));
  if (expected === "bad") assert.equal(metadata?.quality, "Bad");
  if (expected === "lost") {
    assert.notEqual(metadata?.quality, "Good");
    assert.equal(stage.state(2), "offline");
  }
  const kept = await stage.readsIn(FAULT_MS - 1000);
  if (!one.isOfLine) {
    const share = kept / ((usual * (FAULT_MS - 1000)) / FAULT_MS);
    assert.ok(share >= KEPT, `the neighbour was read ${kept} times, ${share} of its rate`);
    assert.ok(stage.isGood(1), "the neighbour is well");
  }
  undo();
  await recovered(stage);
  assert.equal(stage.connections, sockets, "no connection is left over");
  if (!one.isOfValues) for (const report of stage.reports) judgeTime(stage, report);
}

/** Within twice the back-off. */
async function recovered(stage: Stage): Promise<void> {
  for (let ms = 0; ms < 2 * BACKOFF_MS && !(stage.isGood(1) && stage.isGood(2)); ms += CYCLE_MS) {
    await stage.clock.advance(CYCLE_MS);
  }
  const said = JSON.stringify([stage.twin(1), stage.twin(2)]);
  assert.ok(stage.isGood(1) && stage.isGood(2), `not well again: ${said}`);
}

/** A good value says how old the plant was when it was read: that is the time which it must carry. */
function judgeTime(stage: Stage, { twin, atMs, device }: Stage["reports"][number]): void {
  const { value, metadata } = twin.actual ?? {};
  if (metadata?.quality !== "Good") return;
  const readMs = stage.startMs + Number(value) * AGE_MS;
  const toldMs = Number(metadata.sourceTimestamp ?? metadata.timestamp);
  const most = TIMEOUT_MS + TOO_SLOW_MS + AGE_MS;
  assert.ok(
    toldMs >= readMs - AGE_MS && toldMs - readMs <= most,
    `${device}: ${value} at ${toldMs}`,
  );
  assert.ok(atMs >= toldMs && atMs - toldMs <= most, `${device}: ${toldMs} told at ${atMs}`);
}
