import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { DeviceId } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceTwins } from "../device-twins.ts";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";
import type { StoreChange } from "../store/twin-store.ts";

const LAMP: DeviceId = "default/lamp";

/** Holds each commit, in order, until it is let go or refused. */
class SlowStore extends MemoryTwinStore {
  isHolding = false;
  readonly #held: ((failure?: Error) => void)[] = [];

  /** Whatever is committed ends with this, all in one turn of the loop, as the edge's database does. */
  group: Promise<void> | undefined;

  override async commit(batch: readonly StoreChange[]): Promise<void> {
    if (this.group !== undefined) return this.group;
    if (this.isHolding) {
      await new Promise<void>((resolve, reject) => {
        this.#held.push((failure) => (failure ? reject(failure) : resolve()));
      });
    }
    return super.commit(batch);
  }

  end(failure?: Error): void {
    this.#held.shift()?.(failure);
  }

  letAllGo(): void {
    this.isHolding = false;
    while (this.#held.length > 0) this.end();
  }
}

async function setUp(t: TestContext) {
  const store = new SlowStore();
  const record = { id: LAMP, name: "lamp", description: "", state: "unknown", lastOnline: "" };
  await store.commit([{ kind: "device", record }]);
  const parts = { publisher: { publish: () => {} }, maxValueBytes: 64, log: silentLog };
  const twins = new DeviceTwins({ ...parts, store, clock: new VirtualClock(1_700_000_000_000) });
  await twins.start(t.signal);
  t.after(() => {
    store.letAllGo();
    return twins.stop();
  });
  const ask = async (action: string, body: object = {}) => {
    const message = JSON.stringify({ event_id: "e", timestamp: 0, ...body });
    const topic = action.startsWith("membership")
      ? `$hw/events/node/edge-1/${action}`
      : `$hw/events/device/${LAMP}/${action}`;
    const [said] = (await twins.handle(topic, Buffer.from(message))) ?? [];
    return JSON.stringify(said?.body);
  };
  const tell = (value: string) => ask("twin/update", { twin: { p: { actual: { value } } } });
  return { store, ask, tell };
}

test("twin/get does not answer the older value once the newer one has been told", async (t) => {
  const { store, ask, tell } = await setUp(t);
  await tell("stored");
  const { promise, resolve } = Promise.withResolvers<void>();
  store.group = promise;
  const older = tell("older");
  const answer = ask("twin/get");
  const newer = tell("newer");
  resolve();
  await Promise.all([older, newer]);
  assert.match(await answer, /"newer"/);
});

test("twin/get answers what is durable, not what was told since", async (t) => {
  const { store, ask, tell } = await setUp(t);
  await tell("stored");
  store.isHolding = true;
  const first = tell("on its way");
  const answer = ask("twin/get");
  const second = tell("told since");
  store.end();
  await first;
  assert.match(await answer, /"value":"on its way"/);
  store.letAllGo();
  await second;
});

test("twin/get during a commit that is refused answers what the disk holds", async (t) => {
  const { store, ask, tell } = await setUp(t);
  await tell("stored");
  store.isHolding = true;
  const refused = tell("refused");
  const answer = ask("twin/get");
  store.end(new Error("the disk is full"));
  assert.match(await refused, /"code":500/);
  assert.match(await answer, /"value":"stored"/);
});

for (const action of ["state/get", "membership/get"]) {
  test(`${action} answers what is durable, not what was told since`, async (t) => {
    const { store, ask } = await setUp(t);
    store.isHolding = true;
    const first = ask("state/update", { state: "online" });
    const answer = ask(action);
    const second = ask("state/update", { state: "unhealthy" });
    store.end();
    await first;
    assert.match(await answer, /"state":"online"/);
    store.letAllGo();
    await second;
  });
}
