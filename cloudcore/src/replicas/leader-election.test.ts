import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { LeaderElection } from "./leader-election.ts";
import type { LeaseRecord } from "./lease-record.ts";
import type { Leases } from "./leases.ts";

class FakeLeases implements Leases {
  held: LeaseRecord | undefined;
  #version = 0;
  async get(): Promise<LeaseRecord | undefined> {
    return this.held;
  }
  async write(record: LeaseRecord): Promise<LeaseRecord | undefined> {
    if (record.version !== this.held?.version) return undefined;
    this.#version += 1;
    this.held = { ...record, version: String(this.#version) };
    return this.held;
  }
  async delete(): Promise<void> {
    this.held = undefined;
  }
}

/** As one replica sees Leases; the way to them can be cut. */
class OwnWay implements Leases {
  isCut = false;
  readonly #leases: Leases;
  constructor(leases: Leases) {
    this.#leases = leases;
  }
  get(...args: Parameters<Leases["get"]>) {
    return this.#go(() => this.#leases.get(...args));
  }
  write(...args: Parameters<Leases["write"]>) {
    return this.#go(() => this.#leases.write(...args));
  }
  delete(...args: Parameters<Leases["delete"]>) {
    return this.#go(() => this.#leases.delete(...args));
  }
  async #go<T>(work: () => Promise<T>): Promise<T> {
    if (this.isCut) throw new MapperkitError("unreachable", "cut");
    return work();
  }
}

async function replicas(t: TestContext) {
  const [clock, leases] = [new VirtualClock(1_700_000_000_000), new FakeLeases()];
  const made = ["a", "b"].map((replica) => {
    const way = new OwnWay(leases);
    const tools = { leases: way, onChange: () => {}, clock, log: silentLog };
    const election = new LeaderElection({ replica, ...tools });
    t.after(() => election.stop());
    return { way, election };
  });
  const [a, b] = made;
  await a!.election.start();
  await clock.advance(1);
  await b!.election.start();
  await clock.advance(10_000);
  return { clock, a: a!, b: b! };
}

test("of two one leads; that stops before the other begins when it cannot renew", async (t) => {
  const { clock, a, b } = await replicas(t);
  assert.deepEqual([a.election.isLeader, b.election.isLeader], [true, false]);
  await clock.advance(60_000);
  assert.deepEqual([a.election.isLeader, b.election.isLeader], [true, false]);
  a.way.isCut = true;
  for (let waited = 0; waited < 60_000; waited += 500) {
    await clock.advance(500);
    assert.ok(!(a.election.isLeader && b.election.isLeader), "two lead");
  }
  assert.deepEqual([a.election.isLeader, b.election.isLeader], [false, true]);
  a.way.isCut = false;
  await clock.advance(60_000);
  assert.deepEqual([a.election.isLeader, b.election.isLeader], [false, true]);
});

test("a leader that stops gives the Lease back: the other leads at its next look", async (t) => {
  const { clock, a, b } = await replicas(t);
  await a.election.stop();
  await clock.advance(4_500);
  assert.equal(b.election.isLeader, true);
});
