import assert from "node:assert/strict";
import { test } from "node:test";

const LINE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (NaN|[+-]?Inf|-?[0-9.e+-]+)$/;
const COMMENT = /^# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* \S/;

/** Reads the text format strictly, for tests; a series is keyed as it is written. */
export function readPrometheusText(text: string): Map<string, number> {
  assert.ok(text.endsWith("\n"), "the last line has no end");
  const series = new Map<string, number>();
  for (const line of text.slice(0, -1).split("\n")) {
    if (COMMENT.test(line)) continue;
    const [, key, value] = LINE.exec(line) ?? assert.fail(`not a line of the format: ${line}`);
    assert.ok(!series.has(key!), `${key} is there twice`);
    series.set(key!, Number(value!.replace("Inf", "Infinity")));
  }
  return series;
}

test("a series has its key and number", () => {
  const text = '# TYPE a counter\na{b="c\\"d"} 2\nx 1e-7\ny +Inf\n';
  const expected = [
    ['a{b="c\\"d"}', 2],
    ["x", 1e-7],
    ["y", Number.POSITIVE_INFINITY],
  ];
  assert.deepEqual([...readPrometheusText(text)], expected);
});
