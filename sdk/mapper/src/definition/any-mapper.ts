import type { BatchMapper } from "./batch-mapper.ts";
import type { BlockMapper } from "./block-mapper.ts";
import type { SimpleMapper } from "./simple-mapper.ts";

/** A mapper of any size, as its author defines it. */
export type MapperDefinition<C, V, S> =
  | SimpleMapper<C, V, S>
  | BatchMapper<C, V, S>
  | BlockMapper<C, V, S>;

// biome-ignore lint/suspicious/noExplicitAny: its own schemas have checked what the driver is given
export type AnyMapper = MapperDefinition<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyBlockMapper = BlockMapper<any, any, any>;

export function isBlockMapper(mapper: AnyMapper): mapper is AnyBlockMapper {
  return "readBlock" in mapper;
}
