import assert from "node:assert/strict";
import { test } from "node:test";
import { conform } from "../conform.ts";
import { driverMutants } from "./driver-mutants.ts";
import { MutatedDrivers } from "./mutated-driver.ts";
import { ourDrivers } from "./our-drivers.ts";

test("no mistake in our drivers survives all checks together", async () => {
  using drivers = new MutatedDrivers();
  const survivors: string[] = [];
  for (const mutant of driverMutants) {
    const mapper = await drivers.load(mutant.driver, mutant);
    const { checks } = await conform(mapper, { ...ourDrivers[mutant.driver], target: "sim" });
    const failed = checks.filter(({ result }) => result === "failed").map(({ id }) => id);
    if (!failed.includes(mutant.killedBy)) survivors.push(`${mutant.driver}: ${mutant.mistake}`);
  }
  assert.deepEqual(survivors, []);
});
