import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertConforms, conform } from "../conform.ts";
import { driverMutants } from "./driver-mutants.ts";
import { MutatedDrivers } from "./mutated-driver.ts";
import { type DriverName, ourDrivers } from "./our-drivers.ts";

const drivers = new MutatedDrivers();
after(() => drivers[Symbol.dispose]());

for (const name of Object.keys(ourDrivers) as DriverName[]) {
  test(`our ${name} driver passes every check`, async () => {
    const mapper = await drivers.load(name);
    assertConforms(await conform(mapper, { ...ourDrivers[name], target: "sim" }));
  });
}

test("each mistake in our drivers is found by the check that is named for it", async () => {
  const survivors: string[] = [];
  for (const mutant of driverMutants) {
    const { driver, killedBy, mistake } = mutant;
    const mapper = await drivers.load(driver, mutant);
    const { failed } = await conform(mapper, {
      ...{ ...ourDrivers[driver], target: "sim", only: [killedBy] },
    });
    if (failed !== 1) survivors.push(`${driver}: ${mistake} (${killedBy})`);
  }
  assert.deepEqual(survivors, []);
  assert.ok(driverMutants.length >= 30, `${driverMutants.length} mutants`);
});
