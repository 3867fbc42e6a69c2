import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFINITIONS,
  TestServer,
  type TestWatch,
  WIDGETS,
  widget,
  widgetDefinition,
} from "../testing/test-server.ts";

const WATCHES = 1000;
const CHANGES = 40;
const OPENED_AT_ONCE = 50;

async function versionsOf(watch: TestWatch): Promise<number[]> {
  const versions: number[] = [];
  while (versions.length < CHANGES) {
    const event = await watch.next();
    assert.ok(event, `the watch ended after ${versions.length} events`);
    versions.push(Number(event.object.metadata.resourceVersion));
  }
  return versions;
}

test("a thousand watches see every change once and in order while one that hangs is cut", async (t) => {
  await using server = await TestServer.start();
  await server.post(DEFINITIONS, widgetDefinition());
  await server.post(WIDGETS, widget("a"));
  const from = (await server.get(WIDGETS)).body.metadata.resourceVersion;
  const path = `${WIDGETS}?watch=1&resourceVersion=${from}`;
  const watches: TestWatch[] = [];
  t.after(async () => {
    for (const watch of watches) await watch[Symbol.asyncDispose]();
  });
  while (watches.length < WATCHES) {
    const some = Array.from({ length: OPENED_AT_ONCE }, () => server.watch(path));
    watches.push(...(await Promise.all(some)));
  }
  await using hanging = await server.watch(path);
  hanging.pause();
  const reading = Promise.all(watches.map(versionsOf));
  const written: number[] = [];
  for (let n = 0; n < CHANGES; n++) {
    const spec = { n, text: "x".repeat(10_000) };
    const { body } = await server.merge(`${WIDGETS}/a`, { spec });
    written.push(Number(body.metadata.resourceVersion));
  }
  for (const seen of await reading) assert.deepEqual(seen, written);
});
