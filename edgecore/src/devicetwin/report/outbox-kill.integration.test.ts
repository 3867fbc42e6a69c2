import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom, type Random } from "@mapperkit/runtime";

const ROUNDS = 3;
/** The edge is killed at a random moment of this span, in which it forgets what was confirmed. */
const LOAD_MS = { from: 900, to: 1_300 };
const SAMPLES = "device/default/meter/samples";
const program = new URL("./testing/outbox-program.ts", import.meta.url);

type Said =
  | { kind: "ready" }
  | { kind: "told" | "acknowledged"; value: number }
  | { kind: "sent"; id: string; resource: string; content: Content };
interface Content {
  readonly samples: readonly { readonly sequence: number; readonly value: string }[];
  readonly twin: { readonly count?: { readonly actual?: { readonly value: string } } };
}

/** The cloud over all runs of the edge: loses some messages, and forgets nothing that it confirmed. */
class Sink {
  readonly values = new Map<number, number>();
  readonly acknowledged = new Set<number>();
  told = 0;
  latest = 0;
  readonly #random: Random;
  readonly #share: number;

  constructor(random: Random, share: number) {
    this.#random = random;
    this.#share = share;
  }

  hear(edge: ChildProcess, said: Said, where: string, share = this.#share): void {
    if (said.kind === "told") this.told = Math.max(this.told, said.value);
    if (said.kind === "acknowledged") this.acknowledged.add(said.value);
    if (said.kind !== "sent" || this.#random.next() >= share) return;
    if (said.resource === SAMPLES) this.#takeSamples(said.content, where);
    else this.latest = Number(said.content.twin?.count?.actual?.value ?? this.latest);
    if (edge.connected) edge.send(said.id);
  }

  #takeSamples({ samples }: Content, where: string): void {
    let before = 0;
    for (const { sequence, value } of samples) {
      assert.ok(sequence > before, `${where}: ${sequence} came behind ${before}`);
      before = sequence;
      const known = this.values.get(sequence);
      if (known === undefined) this.values.set(sequence, Number(value));
      else assert.equal(Number(value), known, `${where}: ${sequence} was given twice`);
    }
  }
}

test("every acknowledged sample reaches the sink in its order, through SIGKILLs of the edge", async (t) => {
  const random = createRandom(3);
  const folder = await mkdtemp(join(tmpdir(), "outbox-kill-"));
  t.after(() => rm(folder, { recursive: true }));
  const sink = new Sink(random, 0.7);
  for (let round = 0; round < ROUNDS; round++) {
    const edge = await start(t, [folder, String(sink.told + 1), "load"], (said, child) =>
      sink.hear(child, said, `round ${round}`),
    );
    await sleep(random.int(LOAD_MS.from, LOAD_MS.to));
    await kill(edge);
  }
  const last = await start(t, [folder, "0"], (said, child) => sink.hear(child, said, "end", 1));
  await until("all acknowledged samples", () => {
    const values = new Set(sink.values.values());
    return [...sink.acknowledged].every((value) => values.has(value));
  });
  const newest = Math.max(...sink.acknowledged);
  await until("the latest value", () => sink.latest >= newest);
  await kill(last);
  assert.ok(sink.acknowledged.size > 0);
  const inOrder = [...sink.values].sort(([a], [b]) => a - b).map(([, value]) => value);
  assert.deepEqual(
    inOrder,
    inOrder.toSorted((a, b) => a - b),
  );
});

async function start(
  t: TestContext,
  args: string[],
  hear: (said: Said, edge: ChildProcess) => void,
): Promise<ChildProcess> {
  const edge = fork(program, args, { execArgv: ["-C", "source"] });
  t.after(() => edge.kill("SIGKILL"));
  const ready = Promise.withResolvers<void>();
  edge.on("message", (said: Said) => {
    if (said.kind === "ready") ready.resolve();
    hear(said, edge);
  });
  // An answer that the killed edge does not take any more.
  edge.on("error", () => {});
  await ready.promise;
  return edge;
}

async function kill(edge: ChildProcess): Promise<void> {
  const exit = once(edge, "exit");
  edge.kill("SIGKILL");
  await exit;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!isSo()) {
    assert.ok(Date.now() < limit, `waited 10 s for ${what}`);
    await sleep(10);
  }
}
