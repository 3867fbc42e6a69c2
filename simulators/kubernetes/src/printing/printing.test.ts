import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { coreColumns } from "./core-columns.ts";
import { columnsOfCrd } from "./crd-columns.ts";
import { humanDuration } from "./human-duration.ts";
import { firstAt, parseJsonPath } from "./json-path.ts";
import { table } from "./table.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const durations: [number, string][] = [
  [-2 * SECOND, "<invalid>"],
  [-1 * SECOND, "0s"],
  [0, "0s"],
  [999, "0s"],
  [119 * SECOND, "119s"],
  [120 * SECOND, "2m"],
  [121 * SECOND, "2m1s"],
  [10 * MINUTE - 1, "9m59s"],
  [10 * MINUTE + 5 * SECOND, "10m"],
  [179 * MINUTE, "179m"],
  [3 * HOUR, "3h"],
  [7 * HOUR + 59 * MINUTE, "7h59m"],
  [8 * HOUR + MINUTE, "8h"],
  [47 * HOUR, "47h"],
  [48 * HOUR, "2d"],
  [3 * DAY + 4 * HOUR, "3d4h"],
  [8 * DAY + HOUR, "8d"],
  [2 * 365 * DAY - HOUR, "729d"],
  [2 * 365 * DAY, "2y"],
  [2 * 365 * DAY + 10 * DAY, "2y10d"],
  [8 * 365 * DAY + 10 * DAY, "8y"],
];
for (const [ms, text] of durations) {
  test(`${ms} ms is ${text}`, () => assert.equal(humanDuration(ms), text));
}

const object = {
  metadata: { name: "w", labels: { "a.b/c": "x" } },
  status: {
    conditions: [
      { type: "Synced", status: "False" },
      { type: "Ready", status: "True", code: 7 },
    ],
  },
};
const paths: [string, unknown][] = [
  [".metadata.name", "w"],
  ["metadata.name", "w"],
  [".metadata.labels['a.b/c']", "x"],
  [".metadata.labels.a\\.b/c", "x"],
  ['.status.conditions[?(@.type=="Ready")].status', "True"],
  [".status.conditions[?(@.type=='Ready')].status", "True"],
  [".status.conditions[?(@.code>3)].type", "Ready"],
  [".status.conditions[0].type", "Synced"],
  [".status.conditions[-1].type", "Ready"],
  [".status.conditions[*].type", "Synced"],
  [".status.conditions[1:].type", "Ready"],
  [".status.nothing.here", undefined],
  [".constructor.name", undefined],
];
for (const [text, wanted] of paths) {
  test(`${text} finds ${String(wanted)}`, () => {
    assert.equal(firstAt(object, parseJsonPath(text) ?? []), wanted);
  });
}

test("no path and no object makes a column throw", () => {
  const pieces = fc.constantFrom(
    ".",
    "[",
    "]",
    "?(",
    "@",
    "==",
    '"',
    "a",
    "*",
    "0",
    ":",
    "\\",
    "'",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces).map((p) => p.join("")),
  );
  fc.assert(
    fc.property(
      text,
      fc.jsonValue(),
      fc.constantFrom("string", "date", "integer"),
      (jsonPath, value, type) => {
        const [, column] = columnsOfCrd([{ name: "x", type, jsonPath }]);
        column?.cell(value as never, 0);
      },
    ),
  );
});

test("no object makes a core column throw", () => {
  const resources: [string, string][] = [
    ["", "nodes"],
    ["", "pods"],
    ["", "events"],
    ["", "services"],
    ["", "endpoints"],
    ["rbac.authorization.k8s.io", "rolebindings"],
    ["certificates.k8s.io", "certificatesigningrequests"],
  ];
  const part = fc.record(
    {
      metadata: fc.jsonValue(),
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
      subsets: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom(...resources), part, ([group, plural], value) => {
      for (const column of coreColumns(group, plural) ?? []) column.cell(value, 0);
    }),
  );
});

test("a table of custom resources: Age by default, metadata only", () => {
  const now = Date.parse("2026-11-22T21:00:00Z");
  const metadata = { name: "w", creationTimestamp: "2026-11-22T20:00:00Z" };
  const result = table({
    columns: columnsOfCrd(undefined),
    objects: [{ metadata, spec: {} }],
    includeObject: "Metadata",
    now,
    listMeta: { resourceVersion: "7" },
  }) as { columnDefinitions: { name: string }[]; rows: unknown[] };
  assert.deepEqual(
    result.columnDefinitions.map((c) => c.name),
    ["Name", "Age"],
  );
  assert.deepEqual(result.rows, [
    {
      cells: ["w", "60m"],
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata },
    },
  ]);
});

test("a node's row", () => {
  const node = {
    metadata: {
      name: "edge",
      creationTimestamp: "2026-11-22T20:59:00Z",
      labels: { "node-role.kubernetes.io/edge": "", "node-role.kubernetes.io/agent": "" },
    },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: { kubeletVersion: "v1.32.13" },
    },
  };
  const now = Date.parse("2026-11-22T21:00:00Z");
  const cells = coreColumns("", "nodes")?.map((c) => c.cell(node, now));
  assert.deepEqual(cells?.slice(0, 6), [
    "edge",
    "Ready,SchedulingDisabled",
    "agent,edge",
    "60s",
    "v1.32.13",
    "<none>",
  ]);
});
