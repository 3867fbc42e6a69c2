import {
  defineMapper,
  type Mapper,
  openDevice,
  type RunningMapper,
  type RunOptions,
} from "@mapperkit/sdk";
import { serialDriver } from "./serial-driver.ts";

/** Plans without a run: what no session needs. */
const unopened = defineMapper(serialDriver());

/**
 * Lines and frames over serial ports, USB adapters and TCP gateways, by a description in the Device
 * and its model alone. Takes devices of protocol `serial`.
 */
export const serialMapper: Mapper = {
  ...unopened,
  run: async (options) => await (await start(options)).ended,
  start,
  open: (model, device, options) =>
    openDevice({ definition: unopened.definition, start }, model, device, options),
};

/** Each run says anew why a port does not open. */
function start(options: RunOptions): Promise<RunningMapper> {
  return defineMapper(serialDriver()).start(options);
}
