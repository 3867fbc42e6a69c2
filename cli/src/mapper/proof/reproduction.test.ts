import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { reproductionOf } from "./reproduction.ts";

test("the line that repeats a case has all that it needs, and no default", () => {
  const flags = { mapper: "src/psu.mapper.ts", target: "sim", seed: 7, output: "table" } as const;
  assert.equal(
    reproductionOf("test", { ...flags }, 7, "write-then-read/12"),
    "mapperkit mapper test src/psu.mapper.ts --seed 7 --at write-then-read/12",
  );
});

test("a shell takes every word of it as it was", () => {
  const line = reproductionOf(
    "conform",
    {
      ...{ mapper: "my mapper's.ts", target: "hw", seed: 1, output: "table" },
      ...{ sim: "a$b.ts", file: ["one.yaml", "two & three.yaml"], device: "oven" },
      ...{ set: ["path=/dev/tty USB0"], "allow-write": ["a,b", "c"] },
    },
    1,
    "write-held",
  );
  const words = execFileSync("bash", ["-c", `printf '%s\\n' ${line}`], { encoding: "utf8" });
  assert.deepEqual(words.trim().split("\n"), [
    ...["mapperkit", "mapper", "conform", "my mapper's.ts", "--sim", "a$b.ts"],
    ...["-f", "one.yaml", "-f", "two & three.yaml", "--device", "oven"],
    ...["--set", "path=/dev/tty USB0", "--target", "hw"],
    ...["--allow-write", "a,b", "--allow-write", "c", "--seed", "1", "--at", "write-held"],
  ]);
});
