import {
  type Device,
  type DeviceAnnouncement,
  type ModelDefinition,
  mergeModelDefaults,
  type PropertyDefinitions,
  parseDevice,
  toDeviceModel,
} from "@mapperkit/api";
import {
  type Clock,
  type Log,
  type Random,
  RealClock,
  silentLog,
  type Transports,
} from "@mapperkit/runtime";
import type { AnyMapper } from "../definition/any-mapper.ts";
import type { RunningMapper, RunOptions } from "../process/run-mapper.ts";
import type { DeviceHandle } from "./device-handle.ts";
import { LocalEdge } from "./local-edge.ts";
import { OpenedDevice } from "./opened-device.ts";
import { SampleTaps } from "./sample-taps.ts";

export interface OpenOptions {
  /** What the device's configData lacks is taken from here. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly transports?: Transports;
  /** Default: none. */
  readonly log?: Log;
}

/** What is needed of a mapper to work one device with it. */
export interface OpensDevices {
  readonly definition: AnyMapper;
  start(options: RunOptions): Promise<RunningMapper>;
}

/**
 * Works one device from a program, without an edge. `device` is its `protocol.configData`, or a
 * whole Device. Resolves at once: whether the device can be reached shows in `state`.
 * @throws MapperkitError `invalid_input` naming what is wrong in the device or its model
 */
export async function openDevice<P extends PropertyDefinitions>(
  mapper: OpensDevices,
  model: ModelDefinition<P>,
  device: object,
  options: OpenOptions = {},
): Promise<DeviceHandle<P>> {
  const announcement = announcementOf(mapper.definition, model, device);
  const clock = options.clock ?? new RealClock();
  const edge = new LocalEdge();
  edge.announce(announcement);
  const taps = new SampleTaps();
  const stop = new AbortController();
  const running = await mapper.start({
    ...options,
    log: options.log ?? silentLog,
    clock,
    link: edge,
    observer: taps,
    signal: stop.signal,
  });
  const parts = { announcement, clock, edge, taps, running, stop, config: options.config ?? {} };
  const opened = new OpenedDevice(model, mapper.definition, parts);
  try {
    opened.requireSound();
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
  return opened as unknown as DeviceHandle<P>;
}

function announcementOf(
  { protocol, claims }: AnyMapper,
  model: ModelDefinition,
  given: object,
): DeviceAnnouncement {
  const manifest = toDeviceModel(model, protocol === undefined ? {} : { protocol });
  const device = "spec" in given ? parseDevice(given) : deviceOf(model.name, given);
  const labels = { ...claims?.selector, ...device.metadata.labels };
  const spec = { ...device.spec, deviceModelRef: { name: claims?.model ?? model.name } };
  if (protocol !== undefined) spec.protocol = { ...spec.protocol, protocolName: protocol };
  spec.properties ??= Object.keys(model.properties).map((name) => ({ name }));
  const claimed: Device = { ...device, metadata: { ...device.metadata, labels }, spec };
  const generation = device.metadata.generation ?? 1;
  return { version: 1, generation, device: mergeModelDefaults(claimed, manifest), model: manifest };
}

function deviceOf(name: string, configData: object): Device {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { namespace: "default", name },
    spec: { protocol: { configData: { ...configData } } },
  };
}
