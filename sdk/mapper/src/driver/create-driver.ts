import { type AnyMapper, isBlockMapper } from "../definition/any-mapper.ts";
import { createBatchDriver } from "./batch-driver.ts";
import { createBlockDriver } from "./block-driver.ts";
import type { Driver } from "./driver.ts";
import { createSimpleDriver } from "./simple-driver.ts";

/** What drives one device with this config. */
export function createDriver(mapper: AnyMapper, config: unknown): Driver {
  if (isBlockMapper(mapper)) return createBlockDriver(mapper, config);
  return "readMany" in mapper ? createBatchDriver(mapper) : createSimpleDriver(mapper);
}
