import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter, Gauge, Histogram } from "./measures.ts";

test("a counter shows each series by its labels, escaped as Prometheus reads them", () => {
  const reads = new Counter({ name: "reads_total", help: "Reads", labels: ["device", "result"] });
  assert.equal(reads.text, "");
  reads.add(["a", "good"]);
  reads.add(["a", "good"], 2);
  reads.add(['"b"\\\n', "bad"], 0);
  assert.equal(
    reads.text,
    `# HELP reads_total Reads
# TYPE reads_total counter
reads_total{device="a",result="good"} 3
reads_total{device="\\"b\\"\\\\\\n",result="bad"} 0
`,
  );
});

test("a gauge shows what was set last, and nothing of what was cleared", () => {
  const depth = new Gauge({ name: "depth", help: "Depth" });
  depth.set([], 5);
  depth.set([], 0.5);
  assert.equal(depth.text, "# HELP depth Depth\n# TYPE depth gauge\ndepth 0.5\n");
  depth.clear();
  assert.equal(depth.text, "");
});

test("a histogram counts up to and with each bound, and all", () => {
  const seconds = new Histogram({
    ...{ name: "seconds", help: "Time", labels: ["device"] },
    bounds: [0.1, 1],
  });
  for (const value of [0.1, 0.5, 1, 4]) seconds.observe(["a"], value);
  assert.equal(
    seconds.text,
    `# HELP seconds Time
# TYPE seconds histogram
seconds_bucket{device="a",le="0.1"} 1
seconds_bucket{device="a",le="1"} 3
seconds_bucket{device="a",le="+Inf"} 4
seconds_sum{device="a"} 5.6
seconds_count{device="a"} 4
`,
  );
});
