import { RealClock } from "@mapperkit/runtime";
import {
  defineMapper,
  type Mapper,
  openDevice,
  type RunningMapper,
  type RunOptions,
} from "@mapperkit/sdk";
import { BusBook } from "./bus-book.ts";
import { modbusDriver } from "./modbus-driver.ts";

/** Places and plans without a run: what no session needs. */
const unopened = defineMapper(modbusDriver(new BusBook(new RealClock())));

/**
 * Modbus TCP, RTU on serial lines and RTU over TCP. Takes devices of protocol `modbus`, configured
 * in our names or in those that v1alpha2's `protocol.modbus`, `protocol.common` and visitors have
 * after conversion.
 */
export const modbusMapper: Mapper = {
  ...unopened,
  run: async (options) => await (await start(options)).ended,
  start,
  open: (model, device, options) =>
    openDevice({ definition: unopened.definition, start }, model, device, options),
};

/** Each run keeps its own book of lines. */
function start(options: RunOptions): Promise<RunningMapper> {
  const clock = options.clock ?? new RealClock();
  return defineMapper(modbusDriver(new BusBook(clock))).start({ ...options, clock });
}
