import type { DeviceAnnouncement, ModelDefinition, PropertyDefinitions } from "@mapperkit/api";
import { type DevicePlan, planDevice } from "../device-plan/device-plan.ts";
import type { DeviceHandle } from "../handle/device-handle.ts";
import { type OpenOptions, openDevice } from "../handle/open-device.ts";
import { type DiscoverOptions, discoverDevices } from "../process/discover.ts";
import { type RunningMapper, type RunOptions, startMapper } from "../process/run-mapper.ts";
import type { AnyMapper, MapperDefinition } from "./any-mapper.ts";
import type { Discovered } from "./mapper-base.ts";

/** A mapper, ready to run. */
export interface Mapper {
  /** Its protocol, or the model that it claims. */
  readonly name: string;
  /**
   * Works for the devices it claims until `signal` aborts, then closes what it opened. A device, a
   * driver or an edge that fails never ends it.
   * @throws MapperkitError `invalid_input` when `link` is no link
   */
  run(options: RunOptions): Promise<void>;
  /** As run(), for who wants to swap the driver meanwhile. Resolves when it has begun. */
  start(options: RunOptions): Promise<RunningMapper>;
  /**
   * Works one device from a program, without an edge. `device` is its `protocol.configData`, or a
   * whole Device. Resolves at once: whether the device can be reached shows in the handle's `state`.
   * @throws MapperkitError `invalid_input` naming what is wrong in the device or its model
   */
  open<P extends PropertyDefinitions>(
    model: ModelDefinition<P>,
    device: object,
    options?: OpenOptions,
  ): Promise<DeviceHandle<P>>;
  /** Looks for devices, where its driver can. @throws MapperkitError `unsupported` when it cannot */
  discover(options?: DiscoverOptions): AsyncIterable<Discovered<unknown>>;
  /** How it would work a device; nothing is opened. Total: what is wrong is a fault in the plan. */
  plan(announcement: DeviceAnnouncement, config?: Readonly<Record<string, unknown>>): DevicePlan;
  /** What its author wrote. */
  readonly definition: AnyMapper;
}

/** Makes a mapper of what an author knows: where values live, and how one is read and written. */
export function defineMapper<C = unknown, V = unknown, S = unknown>(
  definition: MapperDefinition<C, V, S>,
): Mapper {
  const name = definition.protocol ?? definition.claims?.model ?? "mapper";
  const start = (options: RunOptions) => startMapper(name, definition, options);
  return {
    name,
    definition,
    run: async (options) => await (await start(options)).ended,
    start,
    open: (model, device, options) => openDevice({ definition, start }, model, device, options),
    discover: (options = {}) => discoverDevices(name, definition, options),
    plan: (announcement, config = {}) => planDevice(definition, config, announcement, ""),
  };
}
