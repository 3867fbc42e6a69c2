import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import fc from "fast-check";
import { createLog, type LogOptions } from "./create-log.ts";

function recorded(options: LogOptions = {}) {
  const lines: string[] = [];
  const log = createLog({
    ...options,
    destination: { write: (line) => void lines.push(line) },
  });
  const last = () => JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>;
  return { log, lines, last };
}

test("an entry is one line of JSON: time, level, name, sentence and facts", () => {
  const { log, lines, last } = recorded({ name: "edgecore" });
  log.info("desired values sent", { device: "default/counter", properties: ["on"] });
  assert.match(lines[0] ?? "", /^\{.*\}\n$/);
  const { time, ...entry } = last();
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(entry, {
    level: "info",
    name: "edgecore",
    message: "desired values sent",
    device: "default/counter",
    properties: ["on"],
  });
});

test("entries below the level are not written", () => {
  const { log, lines } = recorded({ level: "warn" });
  log.debug("no");
  log.info("no");
  log.warn("yes");
  log.error("yes");
  assert.equal(lines.length, 2);
});

test("a child's entries carry its fields, its parents' too", () => {
  const { log, last } = recorded();
  log.child({ device: "a" }).child({ property: "p" }).info("read");
  assert.equal(last().device, "a");
  assert.equal(last().property, "p");
});

test("a sentence with % in it stays as it is", () => {
  const { log, last } = recorded();
  log.info("humidity %d %s %j", { value: 1 });
  assert.equal(last().message, "humidity %d %s %j");
});

test("an error shows message, code, details, causes and places", () => {
  const { log, last } = recorded();
  const cause = new Error("ECONNREFUSED");
  log.error("device lost", {
    error: new MapperkitError("unreachable", "no answer", { cause, details: { port: 9500 } }),
  });
  const error = last().error as Record<string, unknown>;
  assert.equal(error.type, "MapperkitError");
  assert.equal(error.message, "no answer");
  assert.equal(error.code, "unreachable");
  assert.deepEqual(error.details, { port: 9500 });
  assert.equal((error.cause as { message: string }).message, "ECONNREFUSED");
  assert.match(String(error.stack), /create-log\.test\.ts/);
});

const PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcSECRET\n-----END EC PRIVATE KEY-----";
const secrets: { what: string; fields: Record<string, unknown> }[] = [
  { what: "a token", fields: { token: "SECRET" } },
  { what: "a token in a longer name", fields: { bootstrapToken: "SECRET" } },
  { what: "a password, deep", fields: { a: { b: [{ mqttPassword: "SECRET" }] } } },
  { what: "a private key by name", fields: { privateKey: Buffer.from("SECRET") } },
  { what: "a private key by name, in PEM", fields: { privateKeyPem: "SECRET" } },
  { what: "a private key by its text", fields: { value: `x ${PEM}` } },
  { what: "a private key that was cut off", fields: { value: PEM.slice(0, 50) } },
  { what: "a header", fields: { headers: { Authorization: "Bearer SECRET" } } },
  { what: "a password in a URL", fields: { url: "mqtt://user:SECRET@host:1883" } },
  { what: "a secret object", fields: { secret: { data: "SECRET" } } },
  { what: "a token in a map", fields: { all: new Map([["token", "SECRET"]]) } },
  { what: "a key in an error", fields: { error: new Error(PEM) } },
  {
    what: "a key in an error's cause",
    fields: { error: new Error("x", { cause: new Error(PEM) }) },
  },
  {
    what: "a token in an error's details",
    fields: { error: new MapperkitError("rejected", "x", { details: { token: "SECRET" } }) },
  },
];
for (const { what, fields } of secrets) {
  test(`${what} is never written, neither by the log nor by its child, in neither form`, () => {
    for (const format of ["json", "text"] as const) {
      const { log, lines } = recorded({ format });
      log.info("x", fields);
      log.child(fields).info("x");
      assert.equal(lines.length, 2);
      for (const line of lines) assert.doesNotMatch(line, /SECRET/);
    }
  });
}

test("names that only resemble a secret's are written", () => {
  const { log, last } = recorded();
  log.info("x", { key: "default/counter", tokensIssued: 3, hasPassword: true });
  assert.equal(last().key, "default/counter");
  assert.equal(last().tokensIssued, 3);
  assert.equal(last().hasPassword, true);
});

test("whatever is logged is one line of JSON and one line of text, and never throws", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.dictionary(
        fc.string(),
        fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true }),
      ),
      (message, fields) => {
        for (const format of ["json", "text"] as const) {
          const { log, lines } = recorded({ format });
          log.info(message, fields);
          assert.equal(lines.length, 1);
          assert.equal(lines.join("").indexOf("\n"), lines.join("").length - 1);
        }
      },
    ),
  );
});

test("a cycle and a huge buffer do not hang or flood the log", () => {
  const { log, lines } = recorded();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  log.info("x", { cycle, bytes: Buffer.alloc(1_000_000) });
  assert.ok((lines[0]?.length ?? 0) < 500);
});

test("text is readable: time, level, sentence, facts; errors with their causes on the same line", () => {
  const { log, lines } = recorded({ format: "text", name: "edgecore" });
  const cause = new Error("ECONNREFUSED");
  log.warn("device lost", {
    device: "default/counter",
    reason: "no answer",
    ports: [1, 2],
    error: new MapperkitError("unreachable", "it is gone", { cause }),
  });
  assert.match(
    lines[0] ?? "",
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}edgecore: device lost {2}device=default\/counter {2}reason="no answer" {2}ports=\[1,2\] {2}error="it is gone \(unreachable\); cause: ECONNREFUSED"\n$/,
  );
});

test("text hides what would move the cursor of a terminal", () => {
  const { log, lines } = recorded({ format: "text" });
  log.info("x\u001b[2J", { value: "\u009b2J" });
  assert.match(lines[0] ?? "", /^[ -~]+\n$/);
});

test("a field that a child or an entry binds anew is written once", () => {
  const { log, lines, last } = recorded();
  const child = log.child({ component: "edgecore" }).child({ component: "edgehub" });
  child.info("cloud link open");
  assert.equal(lines[0]?.match(/"component"/g)?.length, 1, lines[0]);
  assert.equal(last().component, "edgehub");
  child.info("reconcile failed", { component: "devices" });
  assert.equal(lines[1]?.match(/"component"/g)?.length, 1, lines[1]);
  assert.equal(last().component, "devices");
});

test("facts named like the entry's own parts do not hide them", () => {
  const fields = { message: "m", level: "l", time: 5, name: "n" };
  const { log, last } = recorded({ name: "edgecore" });
  log.child(fields).info("sentence", fields);
  const { time, ...entry } = last();
  assert.match(String(time), /^\d{4}-/);
  assert.deepEqual(entry, {
    ...{ level: "info", name: "edgecore", message: "sentence" },
    ...{ message_: "m", level_: "l", time_: 5, name_: "n" },
  });
});
