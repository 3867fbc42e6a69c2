import assert from "node:assert/strict";
import { test } from "node:test";
import type { Component } from "./component.ts";
import { ComponentGroup } from "./component-group.ts";

const never = new AbortController().signal;

function part(name: string, journal: string[], on: Partial<Component> = {}): Component {
  return {
    name,
    async start(signal) {
      journal.push(`start ${name}`);
      await on.start?.(signal);
    },
    async stop() {
      journal.push(`stop ${name}`);
      await on.stop?.();
    },
    ...("failed" in on ? { failed: on.failed } : {}),
  };
}

test("starts in order and stops in reverse, once", async () => {
  const journal: string[] = [];
  const group = new ComponentGroup("g", [part("a", journal), part("b", journal)]);
  await group.start(never);
  await Promise.all([group.stop(), group.stop()]);
  assert.deepEqual(journal, ["start a", "start b", "stop b", "stop a"]);
});

test("a start that fails half-way is undone, the failing part too, and its error is thrown", async () => {
  const journal: string[] = [];
  const failure = new Error("no port");
  const group = new ComponentGroup("g", [
    part("a", journal, { stop: () => Promise.reject(new Error("hidden")) }),
    part("b", journal, { start: () => Promise.reject(failure) }),
    part("c", journal),
  ]);
  await assert.rejects(group.start(never), failure);
  assert.deepEqual(journal, ["start a", "start b", "stop b", "stop a"]);
  await group.stop();
  assert.equal(journal.length, 4);
});

test("a start that is aborted is undone", async () => {
  const journal: string[] = [];
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  const group = new ComponentGroup("g", [
    part("a", journal, { start: async () => controller.abort(reason) }),
    part("b", journal),
  ]);
  await assert.rejects(group.start(controller.signal), reason);
  assert.deepEqual(journal, ["start a", "stop a"]);
});

test("stop() during a start abandons it and leaves nothing running", async () => {
  const journal: string[] = [];
  const isStarting = Promise.withResolvers<void>();
  const group = new ComponentGroup("g", [
    part("a", journal),
    part("b", journal, {
      start: (signal) =>
        new Promise((_, reject) => {
          isStarting.resolve();
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    }),
  ]);
  const started = assert.rejects(group.start(never), /g was stopped/);
  await isStarting.promise;
  await group.stop();
  await started;
  assert.deepEqual(journal, ["start a", "start b", "stop b", "stop a"]);
});

test("stop() without a start does nothing, and a start after it is refused", async () => {
  const journal: string[] = [];
  const group = new ComponentGroup("g", [part("a", journal)]);
  await group.stop();
  await assert.rejects(group.start(never), /g was stopped/);
  assert.deepEqual(journal, []);
});

test("a failure in the background reaches the owner", async () => {
  const background = Promise.withResolvers<never>();
  const group = new ComponentGroup("g", [
    part("a", []),
    part("b", [], { failed: background.promise }),
  ]);
  await group.start(never);
  background.reject(new Error("socket died"));
  await assert.rejects(group.failed, /socket died/);
  await group.stop();
});

test("a part may make its `failed` when it starts, and groups nest", async () => {
  const background = Promise.withResolvers<never>();
  class Late implements Component {
    readonly name = "late";
    failed?: Promise<never>;
    async start() {
      this.failed = background.promise;
    }
    async stop() {}
  }
  const outer = new ComponentGroup("outer", [new ComponentGroup("inner", [new Late()])]);
  await outer.start(never);
  background.reject(new Error("late death"));
  await assert.rejects(outer.failed, /late death/);
});

test("a failure after stop() is nobody's", async () => {
  const background = Promise.withResolvers<never>();
  const group = new ComponentGroup("g", [part("a", [], { failed: background.promise })]);
  await group.start(never);
  await group.stop();
  background.reject(new Error("too late"));
  const winner = await Promise.race([
    group.failed.catch(() => "failed"),
    new Promise((resolve) => setImmediate(resolve, "quiet")),
  ]);
  assert.equal(winner, "quiet");
});

test("every part is stopped even when one refuses; one refusal is thrown as it is, more together", async () => {
  const journal: string[] = [];
  const refuse = (name: string) => () => Promise.reject(new Error(`${name} hangs`));
  const one = new ComponentGroup("g", [
    part("a", journal),
    part("b", journal, { stop: refuse("b") }),
  ]);
  await one.start(never);
  await assert.rejects(one.stop(), /^Error: b hangs$/);
  assert.equal(journal.at(-1), "stop a");

  const two = new ComponentGroup("g", [
    part("a", journal, { stop: refuse("a") }),
    part("b", journal, { stop: refuse("b") }),
  ]);
  await two.start(never);
  await assert.rejects(two.stop(), (error: AggregateError) => error.errors.length === 2);
});
