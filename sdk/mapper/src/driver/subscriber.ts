import type { MapperBase } from "../definition/mapper-base.ts";
import type { Driver } from "./driver.ts";

// biome-ignore lint/suspicious/noExplicitAny: its own schemas have checked what the driver is given
type AnyBase = MapperBase<any, any, any>;

/** The subscription of a mapper that has one. */
export function subscriber(mapper: AnyBase): Driver["subscribe"] {
  const { subscribe } = mapper;
  return (
    subscribe &&
    ((session, properties, emit, signal) => {
      const ops = properties.map(({ name: property, type, visitor, collectCycleMs }) => {
        return { property, type, visitor, samplingMs: collectCycleMs };
      });
      return subscribe.call(mapper, session, ops, emit, signal);
    })
  );
}
