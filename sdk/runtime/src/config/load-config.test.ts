import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import { type ConfigSources, loadConfig } from "./load-config.ts";

const schema = z.object({
  node: z.string().default("kube-edge-1"),
  mqtt: z
    .object({
      host: z.string().default("127.0.0.1"),
      port: z.int().min(0).max(65_535).default(1883),
      whenPortTaken: z.enum(["fail", "next"]).default("fail"),
    })
    .prefault({}),
  verbose: z.boolean().default(false),
  topics: z.array(z.string()).default([]),
  labels: z.record(z.string(), z.string()).default({}),
  limit: z.union([z.literal("none"), z.number()]).optional(),
  token: z.string().min(8).optional(),
});

const folder = mkdtempSync(join(tmpdir(), "config-"));
after(() => rmSync(folder, { recursive: true }));

function file(text: string, name = "edge.yaml"): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function load(sources: ConfigSources) {
  return loadConfig(schema, { envPrefix: "EDGE", ...sources });
}

test("without any source there are the schema's defaults", () => {
  assert.deepEqual(load({}), schema.parse({}));
});

test("flags win over environment, environment over file, file over defaults, key by key", () => {
  const config = load({
    file: file("node: from-file\nmqtt: { host: 10.0.0.1, port: 1, whenPortTaken: next }\n"),
    env: { EDGE_MQTT_HOST: "10.0.0.2", EDGE_MQTT_PORT: "2" },
    flags: { mqtt: { port: 3, host: undefined } },
  });
  assert.equal(config.node, "from-file");
  assert.deepEqual(config.mqtt, { host: "10.0.0.2", port: 3, whenPortTaken: "next" });
});

test("a JSON file, an empty file and a file of comments are files too", () => {
  assert.equal(load({ file: file('{"node": "pi-1"}', "edge.json") }).node, "pi-1");
  assert.equal(load({ file: file("") }).node, "kube-edge-1");
  assert.equal(load({ file: file("# later\n") }).node, "kube-edge-1");
});

const readings: { env: NodeJS.ProcessEnv; key: keyof z.infer<typeof schema>; value: unknown }[] = [
  { env: { EDGE_NODE: "123" }, key: "node", value: "123" },
  { env: { EDGE_NODE: "true" }, key: "node", value: "true" },
  { env: { EDGE_NODE: "" }, key: "node", value: "kube-edge-1" },
  { env: { EDGE_VERBOSE: "true" }, key: "verbose", value: true },
  { env: { EDGE_VERBOSE: "1" }, key: "verbose", value: true },
  { env: { EDGE_VERBOSE: "Off" }, key: "verbose", value: false },
  { env: { EDGE_TOPICS: "a, b" }, key: "topics", value: ["a", "b"] },
  { env: { EDGE_TOPICS: '["a,b"]' }, key: "topics", value: ["a,b"] },
  { env: { EDGE_TOPICS: "a" }, key: "topics", value: ["a"] },
  { env: { EDGE_LABELS: "{room: kitchen}" }, key: "labels", value: { room: "kitchen" } },
  { env: { EDGE_LIMIT: "5" }, key: "limit", value: 5 },
  { env: { EDGE_LIMIT: "none" }, key: "limit", value: "none" },
];
for (const { env, key, value } of readings) {
  test(`environment ${JSON.stringify(env)} makes ${key} ${JSON.stringify(value)}`, () => {
    assert.deepEqual(load({ env })[key], value);
  });
}

test("the environment's other names are left alone, as Kubernetes puts them there", () => {
  load({ env: { EDGE_SERVICE_HOST: "10.0.0.1", EDGE_PORT: "tcp://10.0.0.1:80", MQTT_PORT: "x" } });
  assert.equal(loadConfig(schema, { env: { NODE: "x", _NODE: "x" } }).node, "kube-edge-1");
});

test("flags may be named with dots, and texts are read as the schema wants them", () => {
  const { mqtt } = load({ flags: { "mqtt.port": "99", "mqtt.whenPortTaken": "next" } });
  assert.deepEqual(mqtt, { host: "127.0.0.1", port: 99, whenPortTaken: "next" });
});

test("maps are joined entry by entry", () => {
  const { labels } = load({
    file: file("labels: { room: kitchen, floor: ground }\n"),
    flags: { labels: { room: "bath" } },
  });
  assert.deepEqual(labels, { room: "bath", floor: "ground" });
  const free = loadConfig(z.record(z.string(), z.unknown()), {
    file: file("a: { b: 1 }\n"),
    flags: { c: "2" },
  });
  assert.deepEqual(free, { a: { b: 1 }, c: "2" });
});

const broken: { what: string; sources: () => ConfigSources; message: RegExp }[] = [
  {
    what: "a wrong type in the environment",
    sources: () => ({ env: { EDGE_MQTT_PORT: "abc" } }),
    message:
      /^bad config: mqtt\.port: expected number, received string, is "abc" \(from environment variable EDGE_MQTT_PORT\)$/,
  },
  {
    what: "a number out of range",
    sources: () => ({ env: { EDGE_MQTT_PORT: "70000" } }),
    message: /mqtt\.port: .*<=65535.*, is 70000 \(from environment variable EDGE_MQTT_PORT\)/,
  },
  {
    what: "a wrong choice in a file",
    sources: () => ({ file: file("mqtt: { whenPortTaken: never }") }),
    message: /mqtt\.whenPortTaken: .*"fail"\|"next", is "never" \(from .*edge\.yaml\)/,
  },
  {
    what: "a value where settings should be",
    sources: () => ({ file: file("mqtt: 1883") }),
    message: /mqtt: expected object, received number, is 1883 \(from .*edge\.yaml\)/,
  },
  {
    what: "a wrong flag over a good file",
    sources: () => ({ file: file("mqtt: { port: 1 }"), flags: { mqtt: { port: -1 } } }),
    message: /mqtt\.port: .*, is -1 \(from the command line\)/,
  },
  {
    what: "an entry deep in a list",
    sources: () => ({ file: file("topics: [a, 5]") }),
    message: /topics\.1: expected string, received number, is 5 \(from .*edge\.yaml\)/,
  },
  {
    what: "several faults at once",
    sources: () => ({ env: { EDGE_VERBOSE: "maybe" }, file: file("node: 5") }),
    message: /node: .*edge\.yaml\); verbose: .*EDGE_VERBOSE\)/,
  },
  {
    what: "a key that does not exist in a file",
    sources: () => ({ file: file("mqtt: { prot: 1883 }") }),
    message:
      /^bad config: mqtt\.prot: no such setting, known here are host, port, whenPortTaken \(from .*edge\.yaml\)$/,
  },
  {
    what: "a key that does not exist in the flags",
    sources: () => ({ flags: { mqtt: { prot: 1 } } }),
    message: /mqtt\.prot: no such setting.*\(from the command line\)/,
  },
  {
    what: "a key that only an object's prototype has",
    sources: () => ({ file: file('{"__proto__": {"node": "x"}, "constructor": 1}') }),
    message: /__proto__: no such setting.*constructor: no such setting/,
  },
  {
    what: "a file that is not there",
    sources: () => ({ file: join(folder, "none.yaml") }),
    message: /^config file .*none\.yaml: there is no such file$/,
  },
  {
    what: "a file that is a folder",
    sources: () => ({ file: folder }),
    message: /^config file .*: cannot be read \(EISDIR\)$/,
  },
  {
    what: "a file that is no YAML",
    sources: () => ({ file: file("node: a\nmqtt: {\n") }),
    message: /^config file .*edge\.yaml: neither YAML nor JSON: .*line \d+/,
  },
  {
    what: "a file that is a list",
    sources: () => ({ file: file("- node\n") }),
    message: /^config file .*edge\.yaml: expected a mapping of settings/,
  },
];
for (const { what, sources, message } of broken) {
  test(`${what} is bad input, told in one line`, () => {
    assert.throws(
      () => load(sources()),
      (error: unknown) => {
        assert.ok(error instanceof MapperkitError);
        assert.equal(error.code, "invalid_input");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}

test("a missing setting is named with what is expected", () => {
  const needy = z.object({ kubeconfig: z.string(), hub: z.object({ port: z.number() }) });
  assert.throws(() => loadConfig(needy, { flags: { hub: {} } }), {
    message: /kubeconfig: is missing, expected string; hub(\.port)?: is missing, expected/,
  });
});

test("the value of a secret is not told", () => {
  assert.throws(
    () => load({ env: { EDGE_TOKEN: "hunter2" } }),
    (error: Error) => /token: /.test(error.message) && !/hunter2/.test(error.message),
  );
});
