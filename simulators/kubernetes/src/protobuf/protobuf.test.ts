import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import protobuf from "protobufjs/minimal.js";
import { StatusError } from "../status/index.ts";
import { CORE_MESSAGES } from "./core-messages.ts";
import { decodeProtobuf } from "./decode-envelope.ts";
import { DEFINITION_MESSAGES } from "./definition-messages.ts";
import { fieldsOfMessage, type MessageField, messageOfKind } from "./message-table.ts";

const SPECIAL = new Set(["s", "y", "b", "i", "d", "time", "quantity", "intstr", "json", "list"]);
const MESSAGES = { ...CORE_MESSAGES, ...DEFINITION_MESSAGES };

/** Writes what Go's client would, from the same table. */
function encode(value: Record<string, unknown>, message: string): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const field of fieldsOfMessage(message)?.values() ?? []) {
    const given = field.isInline ? value : value[field.name];
    if (given === undefined) continue;
    if (field.repeat === "[]")
      for (const item of given as unknown[]) encodeField(writer, field, item);
    else if (field.repeat === "{}") {
      for (const [key, item] of Object.entries(given as object)) {
        const entry = protobuf.Writer.create().uint32(0x0a).string(key);
        encodeField(entry, { ...field, number: 2 }, item);
        writer.uint32((field.number << 3) | 2).bytes(entry.finish());
      }
    } else encodeField(writer, field, given);
  }
  return writer.finish();
}

function encodeField(writer: protobuf.Writer, { number, type }: MessageField, value: unknown) {
  const tag = number << 3;
  if (type === "b") return writer.uint32(tag).bool(value as boolean);
  if (type === "i") return writer.uint32(tag).int64(value as number);
  if (type === "d") return writer.uint32(tag | 1).double(value as number);
  return writer.uint32(tag | 2).bytes(bytesOf(type, value));
}

function bytesOf(type: string, value: unknown): Uint8Array {
  const writer = protobuf.Writer.create();
  switch (type) {
    case "s":
      return Buffer.from(value as string);
    case "y":
      return Buffer.from(value as string, "base64");
    case "time":
      return writer
        .uint32(8)
        .int64(Date.parse(value as string) / 1000)
        .finish();
    case "quantity":
      return writer
        .uint32(10)
        .string(value as string)
        .finish();
    case "json":
      return writer.uint32(10).string(JSON.stringify(value)).finish();
    case "intstr":
      return typeof value === "number"
        ? writer.uint32(16).int64(value).finish()
        : writer
            .uint32(8)
            .int64(1)
            .uint32(26)
            .string(value as string)
            .finish();
    default:
      return encode(value as Record<string, unknown>, type);
  }
}

function envelope(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const meta = protobuf.Writer.create().uint32(10).string(apiVersion).uint32(18).string(kind);
  const unknown = protobuf.Writer.create().uint32(10).bytes(meta.finish()).uint32(18).bytes(raw);
  return Buffer.concat([Buffer.from("k8s\0"), unknown.finish()]);
}

function roundTrip(object: Record<string, unknown>): unknown {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const message = messageOfKind(apiVersion, kind);
  assert.ok(message, kind);
  return decodeProtobuf(envelope(apiVersion, kind, encode(object, message)));
}

const OBJECTS: Record<string, unknown>[] = [
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a", labels: { x: "", y: "1" }, creationTimestamp: "2026-01-02T03:04:05Z" },
    data: { password: "AAEC/w==" },
    immutable: false,
    type: "Opaque",
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: {
      ports: [
        { port: 80, targetPort: "http" },
        { port: 81, targetPort: 8081 },
      ],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "d" } },
      template: {
        metadata: { labels: { app: "d" } },
        spec: {
          volumes: [{ name: "tmp", emptyDir: {} }],
          automountServiceAccountToken: false,
          containers: [
            {
              name: "c",
              image: "busybox",
              resources: { limits: { cpu: "100m" } },
              env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "r" },
    rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }],
  },
  {
    apiVersion: "v1",
    kind: "DeleteOptions",
    preconditions: { uid: "u" },
    gracePeriodSeconds: 0,
    propagationPolicy: "Background",
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "ws.x.io" },
    spec: {
      group: "x.io",
      versions: [
        {
          name: "v1",
          served: true,
          storage: false,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: {
                x: {},
                n: { type: "integer", minimum: 0, "x-kubernetes-int-or-string": true },
                e: { enum: ["a", 1, null], default: { deep: [true] } },
              },
            },
          },
        },
      ],
    },
  },
];
for (const object of OBJECTS) {
  test(`${object.kind} is read as its JSON`, () => assert.deepEqual(roundTrip(object), object));
}

test("zeros that Go writes for nothing are left out", () => {
  const metadata = { name: "n", generateName: "", generation: 0, uid: "" };
  const read = roundTrip({ apiVersion: "v1", kind: "Namespace", metadata, spec: {}, status: {} });
  assert.deepEqual(read, { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } });
});

test("the unions of a schema have their JSON forms", () => {
  const schema = (members: Record<string, Uint8Array>) => {
    const writer = protobuf.Writer.create();
    for (const [number, bytes] of Object.entries(members)) {
      writer.uint32((Number(number) << 3) | 2).bytes(bytes);
    }
    return writer.finish();
  };
  const text = schema({ 5: Buffer.from("string") });
  const wrap = (bytes: Uint8Array, number: number) => schema({ [number]: bytes });
  const items = wrap(text, 1);
  const allowed = Uint8Array.of(0x08, 1);
  const root = schema({ 24: items, 30: allowed });
  const version = wrap(wrap(root, 1), 4);
  const body = wrap(wrap(version, 7), 2);
  const read = decodeProtobuf(
    envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", body),
  ) as { spec: { versions: { schema: { openAPIV3Schema: unknown } }[] } };
  assert.deepEqual(read.spec.versions[0]?.schema.openAPIV3Schema, {
    items: { type: "string" },
    additionalProperties: true,
  });
});

test("every message that a table names is in a table, and no row is misspelt", () => {
  for (const [message, row] of Object.entries(MESSAGES)) {
    const fields = [...(fieldsOfMessage(message)?.values() ?? [])];
    assert.equal(fields.length, row === "" ? 0 : row.split(",").length, message);
    for (const { type } of fields) assert.ok(SPECIAL.has(type) || type in MESSAGES, type);
  }
});

test("any bytes are an object or a 400", () => {
  const kinds = fc.constantFrom(...OBJECTS.map(({ apiVersion, kind }) => [apiVersion, kind]));
  const rubbish = fc.uint8Array({ maxLength: 200 });
  const damaged = fc
    .tuple(fc.constantFrom(...OBJECTS), fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([object, at, byte]) => {
      const { apiVersion, kind } = object as { apiVersion: string; kind: string };
      const raw = encode(object, messageOfKind(apiVersion, kind) ?? "");
      raw[at % raw.length] = byte;
      return envelope(apiVersion, kind, raw);
    });
  const bodies = fc.oneof(
    rubbish.map((bytes) => Buffer.from(bytes)),
    rubbish.map((bytes) => Buffer.concat([Buffer.from("k8s\0"), bytes])),
    fc
      .tuple(kinds, rubbish)
      .map(([[version, kind], raw]) => envelope(String(version), String(kind), raw)),
    damaged,
  );
  fc.assert(
    fc.property(bodies, (body) => {
      try {
        assert.equal(typeof decodeProtobuf(body), "object");
      } catch (error) {
        assert.ok(error instanceof StatusError, String(error));
        assert.equal(error.code, 400);
      }
    }),
    { numRuns: 2000 },
  );
});

test("schemas in schemas without end are a 400", () => {
  let schema: Uint8Array = new Uint8Array();
  for (let n = 0; n < 1000; n++) {
    schema = protobuf.Writer.create()
      .uint32((28 << 3) | 2)
      .bytes(schema)
      .finish();
  }
  const wrap = (number: number, bytes: Uint8Array) =>
    protobuf.Writer.create()
      .uint32((number << 3) | 2)
      .bytes(bytes)
      .finish();
  const raw = wrap(2, wrap(7, wrap(4, wrap(1, schema))));
  const body = envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", raw);
  assert.throws(() => decodeProtobuf(body), /nested too deeply/);
});
