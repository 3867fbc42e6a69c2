import { after, test } from "node:test";
import { assertLaws, laws } from "../../laws/laws.ts";
import { MutatedDrivers } from "./mutated-driver.ts";
import { type DriverName, ourDrivers } from "./our-drivers.ts";

const drivers = new MutatedDrivers();
after(() => drivers[Symbol.dispose]());

for (const name of Object.keys(ourDrivers) as DriverName[]) {
  test(`our ${name} driver keeps every law`, async () => {
    const mapper = await drivers.load(name);
    assertLaws(await laws(mapper, { ...ourDrivers[name], cases: 3000, seed: 5 }));
  });
}

test("our modbus driver never takes one unit for another", async () => {
  const mapper = await drivers.load("modbus");
  const only = ["units-apart"];
  const { config: _, ...parts } = ourDrivers.modbus;
  assertLaws(await laws(mapper, { ...parts, unitKey: "unitId", only, cases: 3000, seed: 5 }));
});
