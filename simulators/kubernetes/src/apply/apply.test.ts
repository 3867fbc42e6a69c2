import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonSchemaProps } from "../schema/index.ts";
import { readFields, showPath } from "./field-set.ts";
import { type Apply, serverSideApply } from "./server-side-apply.ts";
import { trackUpdate } from "./track-update.ts";

const apiVersion = "demo.example.com/v1";
const time = "2026-11-22T20:00:00Z";
const later = "2026-11-22T21:00:00Z";
const schema: JsonSchemaProps = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        x: { type: "integer" },
        y: { type: "integer" },
        args: { type: "array", items: { type: "string" } },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: {
            type: "object",
            properties: {
              port: { type: "integer" },
              protocol: { type: "string", default: "TCP" },
              name: { type: "string" },
            },
          },
        },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: a test reads freely what the server stores
type Any = any;
const widget = (spec: unknown, metadata: object = {}) => ({
  apiVersion,
  kind: "Widget",
  metadata: { name: "w", ...metadata },
  spec,
});
const update = (live: object | undefined, next: object, manager: string, at = time): Any =>
  trackUpdate({ live, next, manager, apiVersion, time: at, schema });
const tryApply = (o: Partial<Apply> & { applied: object }) =>
  serverSideApply({ manager: "me", force: false, apiVersion, time, schema, ...o });
const apply = (o: Partial<Apply> & { applied: object }): Any => {
  const result = tryApply(o);
  assert.ok("object" in result, JSON.stringify(result));
  return result.object;
};
const entryOf = (object: Any, manager: string) =>
  object.metadata.managedFields?.find((e: Any) => e.manager === manager);

test("a create belongs to its writer, containers too, identity to nobody", () => {
  const spec = { x: 1, tags: ["a"], ports: [{ port: 80, name: "http" }] };
  const object = update(
    undefined,
    widget(spec, { labels: { a: "b" }, uid: "1" }),
    "kubectl-create",
  );
  assert.deepEqual(object.metadata.managedFields, [
    {
      manager: "kubectl-create",
      operation: "Update",
      apiVersion,
      time,
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
        "f:spec": {
          ".": {},
          "f:ports": {
            ".": {},
            'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {} },
          },
          "f:tags": { ".": {}, 'v:"a"': {} },
          "f:x": {},
        },
      },
    },
  ]);
});

test("an update takes what it changes and leaves the rest; a removed field has no owner", () => {
  const live = update(undefined, widget({ x: 1, y: 1 }), "one");
  const next = update(live, { ...live, spec: { x: 2 } }, "two", later);
  assert.deepEqual(entryOf(next, "one").fieldsV1, { "f:spec": {} });
  assert.deepEqual(entryOf(next, "two").fieldsV1, { "f:spec": { "f:x": {} } });
  assert.equal(entryOf(next, "two").time, later);
});

test("a write that changes nothing leaves managedFields as they are", () => {
  const live = update(undefined, widget({ x: 1 }), "one");
  assert.deepEqual(update(live, live, "two", later), live);
});

test("managedFields: [{}] forgets all owners", () => {
  const live = update(undefined, widget({ x: 1 }), "one");
  const reset = { ...live, metadata: { ...live.metadata, managedFields: [{}] } };
  assert.equal(update(live, reset, "two").metadata.managedFields, undefined);
});

test("more than ten writers are folded into ancient-changes", () => {
  let live = update(undefined, widget({ x: 0 }), "m00");
  for (let i = 1; i <= 12; i++) {
    const at = `2026-11-22T20:00:${String(i).padStart(2, "0")}Z`;
    const next = {
      ...live,
      metadata: { ...live.metadata, labels: { ...live.metadata.labels, [`l${i}`]: "" } },
    };
    live = update(live, next, `m${String(i).padStart(2, "0")}`, at);
  }
  assert.equal(live.metadata.managedFields.length, 10);
  assert.ok(entryOf(live, "ancient-changes"));
});

test("an apply owns leaves and list items, and creates", () => {
  const object = apply({ applied: widget({ x: 1, ports: [{ port: 80 }] }) });
  assert.deepEqual(object.spec, { x: 1, ports: [{ port: 80 }] });
  assert.deepEqual(entryOf(object, "me").fieldsV1, {
    "f:spec": {
      "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } },
      "f:x": {},
    },
  });
});

test("one conflict, several conflicts, and force", () => {
  const live = update(undefined, widget({ x: 1, y: 1 }), "kubectl-edit");
  assert.deepEqual(tryApply({ live, applied: widget({ x: 2 }) }), {
    conflicts: [{ field: ".spec.x", message: `conflict with "kubectl-edit" using ${apiVersion}` }],
    message: `Apply failed with 1 conflict: conflict with "kubectl-edit" using ${apiVersion}: .spec.x`,
  });
  const shared = apply({ live, applied: widget({ y: 1 }), manager: "other" });
  const several = tryApply({ live: shared, applied: widget({ x: 2, y: 2 }) });
  assert.ok("conflicts" in several);
  assert.equal(
    several.message,
    `Apply failed with 3 conflicts: conflicts with "kubectl-edit" using ${apiVersion}:\n- .spec.x\n- .spec.y\nconflicts with "other":\n- .spec.y`,
  );
  const forced = apply({ live: shared, applied: widget({ x: 2, y: 2 }), force: true });
  assert.deepEqual(forced.spec, { x: 2, y: 2 });
  assert.equal(entryOf(forced, "other"), undefined);
  assert.deepEqual(entryOf(forced, "kubectl-edit").fieldsV1, { "f:spec": {} });
});

test("equal values are owned together; what the last owner drops is removed", () => {
  const one = apply({ applied: widget({ x: 1, y: 1 }), manager: "one" });
  const both = apply({ live: one, applied: widget({ x: 1 }), manager: "two" });
  const still = apply({ live: both, applied: widget({}), manager: "one" });
  assert.deepEqual(still.spec, { x: 1 });
  const gone = apply({
    live: still,
    applied: { ...widget({}), spec: undefined } as object,
    manager: "two",
  });
  assert.equal(gone.spec?.x, undefined);
});

test("list items come and go by key and by value; foreign ones stay in place", () => {
  const live = update(
    undefined,
    widget({ tags: ["a"], ports: [{ port: 1, protocol: "TCP" }] }),
    "x",
  );
  const applied = widget({ tags: ["b", "c"], ports: [{ port: 2 }, { port: 3 }] });
  const first = apply({ live, applied });
  assert.deepEqual(first.spec.tags, ["a", "b", "c"]);
  assert.deepEqual(first.spec.ports, [{ port: 1, protocol: "TCP" }, { port: 2 }, { port: 3 }]);
  const second = apply({ live: first, applied: widget({ tags: ["c"], ports: [{ port: 3 }] }) });
  assert.deepEqual(second.spec.tags, ["a", "c"]);
  assert.deepEqual(second.spec.ports, [{ port: 1, protocol: "TCP" }, { port: 3 }]);
});

test("an apply that changes nothing gives the live object back", () => {
  const live = apply({ applied: widget({ x: 1 }) });
  assert.equal(apply({ live, applied: widget({ x: 1 }), time: later }), live);
});

test("an object without owners belongs to before-first-apply", () => {
  const live = widget({ x: 1 });
  const result = tryApply({ live, applied: widget({ x: 2 }) });
  assert.ok("message" in result);
  assert.match(result.message, /"before-first-apply" using/);
});

test("kubectl takes over from its own client-side apply, and keeps the annotation true", () => {
  const key = "kubectl.kubernetes.io/last-applied-configuration";
  const annotations = { [key]: JSON.stringify(widget({ x: 1 })) };
  const live = update(undefined, widget({ x: 1 }, { annotations }), "kubectl-client-side-apply");
  const next = apply({ live, applied: widget({ x: 2 }), manager: "kubectl" });
  assert.equal(next.spec.x, 2);
  assert.deepEqual(JSON.parse(next.metadata.annotations[key]), widget({ x: 2 }));
});

test("only status is owned through /status, never through the main endpoint", () => {
  const body = { ...widget({ x: 1 }), status: { phase: "on" } };
  const status = apply({ applied: body, subresource: "status" });
  assert.deepEqual(entryOf(status, "me").fieldsV1, { "f:status": { "f:phase": {} } });
  const main = apply({ applied: body, resetFields: ["status"] });
  assert.deepEqual(entryOf(main, "me").fieldsV1, { "f:spec": { "f:x": {} } });
});

test("paths as messages show them", () => {
  const fields = readFields({
    "f:spec": { 'k:{"name":"a","port":1}': { "f:x": {} }, 'v:"t"': {}, "i:0": {} },
  });
  assert.deepEqual(fields.paths().map(showPath), [
    ".spec[0]",
    '.spec[name="a",port=1].x',
    '.spec[="t"]',
  ]);
});

const spec = fc.record(
  {
    x: fc.nat(2),
    y: fc.nat(2),
    args: fc.array(fc.constantFrom("a", "b")),
    tags: fc.uniqueArray(fc.constantFrom("a", "b", "c")),
    ports: fc.uniqueArray(fc.record({ port: fc.nat(3), name: fc.constantFrom("n", "m") }), {
      selector: (p) => p.port,
    }),
  },
  { requiredKeys: [] },
);

test("applied by force, all that is stated holds, and once more changes nothing", () => {
  fc.assert(
    fc.property(spec, spec, spec, (a, b, c) => {
      const live = update(apply({ applied: widget(a), manager: "other" }), widget(b), "edit");
      const once = apply({ live, applied: widget(c), force: true });
      for (const name of ["x", "y", "args"] as const) {
        if (c[name] !== undefined) assert.deepEqual(once.spec[name], c[name]);
      }
      for (const tag of c.tags ?? []) assert.ok(once.spec.tags.includes(tag));
      assert.equal(apply({ live: once, applied: widget(c) }), once);
    }),
  );
});

test("any JSON in an object or its managedFields is taken without throwing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, managedFields) => {
      const live = JSON.parse(JSON.stringify(widget(a, { managedFields: managedFields as Any })));
      const next = JSON.parse(JSON.stringify(widget(b, { managedFields: [{ fieldsV1: a }] })));
      update(live, next, "one");
      tryApply({ live, applied: JSON.parse(JSON.stringify(widget(b))) });
    }),
  );
});
