import type { SimpleMapper } from "../definition/simple-mapper.ts";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { Driver, ReadGroup } from "./driver.ts";
import { rawValueOf } from "./raw-value.ts";
import { subscriber } from "./subscriber.ts";

// biome-ignore lint/suspicious/noExplicitAny: its own schemas have checked what the driver is given
type AnySimple = SimpleMapper<any, any, any>;

/** One operation for each property. */
export function createSimpleDriver(mapper: AnySimple): Driver {
  const { write } = mapper;
  return {
    groupReads: (due) => due.map((plan) => readOne(mapper, plan)),
    maxOrders: 1,
    write:
      write &&
      (async (session, orders, signal) => {
        for (const { plan, value } of orders) {
          const { name: property, type, visitor } = plan;
          const op = { property, type, visitor, value: rawValueOf(plan, value), signal };
          await write.call(mapper, session, op);
        }
        return [];
      }),
    subscribe: subscriber(mapper),
  };
}

function readOne(mapper: AnySimple, plan: PropertyPlan): ReadGroup {
  const { name: property, type, visitor, unit } = plan;
  return {
    unit,
    properties: [plan],
    read: async (session, signal) => [
      { told: await mapper.read(session, { property, type, visitor, signal }) },
    ],
  };
}
