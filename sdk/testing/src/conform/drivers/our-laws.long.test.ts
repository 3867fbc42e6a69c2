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

const { config: _, ...onOneBus } = ourDrivers.modbus;

test("our modbus driver never takes one unit for another", async () => {
  const mapper = await drivers.load("modbus");
  const only = ["units-apart"];
  assertLaws(await laws(mapper, { ...onOneBus, unitKey: "unitId", only, cases: 3000, seed: 5 }));
});

for (const seed of [1, 2, 3, 4, 5]) {
  test(`a unit that is dead, busy or makes its gateway hang up slows no other, seed ${seed}`, async () => {
    const mapper = await drivers.load("modbus");
    const only = ["dead-unit"];
    assertLaws(await laws(mapper, { ...onOneBus, unitKey: "unitId", only, cases: 300, seed }));
  });
}
