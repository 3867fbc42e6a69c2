import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { METRICS } from "./metric-catalogue.ts";
import { prometheusText } from "./prometheus-text.ts";
import { readPrometheusText } from "./read-prometheus-text.test.ts";
import { Tallies } from "./tallies.ts";

test("a histogram's buckets hold all that is at or below their bound", () => {
  const tallies = new Tallies();
  for (const seconds of [0.0004, 0.001, 0.0011, 7]) {
    tallies.observe("mapperkit_edge_commit_seconds", seconds);
  }
  const series = readPrometheusText(prometheusText(tallies));
  const bucket = (le: string) => series.get(`mapperkit_edge_commit_seconds_bucket{le="${le}"}`);
  assert.deepEqual(["0.0005", "0.001", "0.002", "5", "+Inf"].map(bucket), [1, 2, 3, 3, 4]);
  assert.equal(series.get("mapperkit_edge_commit_seconds_count"), 4);
  assert.ok(Math.abs((series.get("mapperkit_edge_commit_seconds_sum") ?? 0) - 7.0025) < 1e-9);
});

test("whatever labels hold, the text stays readable and nothing is lost", () => {
  const label = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.array(fc.tuple(label, label)), (refusals) => {
      const tallies = new Tallies();
      for (const [code, reason] of refusals) {
        tallies.count("mapperkit_edge_refusals_total", code, reason);
      }
      const series = readPrometheusText(prometheusText(tallies));
      const counted = [...series].filter(([key]) => key.startsWith("mapperkit_edge_refusals_"));
      const sum = counted.reduce((total, [, value]) => total + value, 0);
      const kinds = new Set(refusals.map((pair) => pair.join("\0")));
      assert.deepEqual([counted.length, sum], [kinds.size, refusals.length]);
    }),
    { numRuns: 200 },
  );
});

test("names are Prometheus' and end in their unit", () => {
  for (const [name, { type, help }] of Object.entries(METRICS)) {
    assert.match(name, /^(mapperkit_edge|process)_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.ok(help.length > 0 && !help.endsWith("."), name);
  }
});
