import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, readTutorial } from "./tutorial.ts";

test("commands and the output after them are read in order", () => {
  const text = "a\n```sh\nls\n```\nthen\n```text output\nfile\n```\n```sh eventually\npwd\n```\n";
  assert.deepEqual(readTutorial(text), [
    { commands: "ls", kind: "once", output: "file", line: 2 },
    { commands: "pwd", kind: "eventually", line: 9 },
  ]);
});

const cases: [printed: string, expected: string, fits: boolean][] = [
  ["NAME  AGE\ncounter   3s", "NAME   AGE\ncounter   …", true],
  ["counter created", "counter edited", false],
  ["a.b", "a.b", true],
  ["axb", "a.b", false],
];
for (const [printed, expected, does] of cases) {
  test(`${JSON.stringify(printed)} ${does ? "fits" : "does not fit"} ${JSON.stringify(expected)}`, () => {
    assert.equal(fits(printed, expected), does);
  });
}
