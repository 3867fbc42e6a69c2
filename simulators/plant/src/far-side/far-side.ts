import type { Device, DeviceModel } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { Plant } from "../simulated/plant.ts";

/** A Device as somebody wrote it, whose far side is wanted. */
export interface WantedDevice {
  /** `namespace/name`. */
  readonly id: string;
  /** v1beta1, with its model's protocol and visitors merged into it. */
  readonly device: Device;
  readonly model: DeviceModel;
  /**
   * File and line of the device, of one of its properties, or of one key of either's configData:
   * `devices/oven.yaml:14`.
   */
  readonly where: (property?: string, key?: string) => string;
}

export interface FarSideSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** Equal seeds give equal plants. */
  readonly seed: number | string;
  /** How many seconds pass in the plants in one second outside; wires stay as fast as they are. */
  readonly speed: number;
  /** `next` moves to another port where the one that a Device names is taken. */
  readonly whenPortTaken: "fail" | "next";
}

/** A place that is served, and by which devices. */
export interface FarSidePlace {
  /** As people read it: `modbus+tcp://127.0.0.1:1502`, `/tmp/meters (9600 8N1)`. */
  readonly address: string;
  /** Ids of the devices there. */
  readonly devices: readonly string[];
}

/** The far side of some devices, from serve() until it is disposed. */
export interface FarSide extends AsyncDisposable {
  readonly places: readonly FarSidePlace[];
  /** By the device's id. */
  readonly plants: ReadonlyMap<string, Plant>;
  /** What is other than a Device says, because its port was taken: keys of its `protocol.configData`. */
  readonly moved: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** What a protocol brings to be simulated from Devices alone. */
export interface FarSideProtocol {
  /**
   * Serves the far side of all these devices.
   * @throws MapperkitError `invalid_input` naming file, line and property of what cannot be: two
   *   devices in one place, an address that does not exist, a port that is taken
   */
  serve(devices: readonly WantedDevice[], surroundings: FarSideSurroundings): Promise<FarSide>;
  /**
   * What one more device like this one says of its place, so that it clashes with none before:
   * keys of its `protocol.configData`. `number` counts from 1.
   */
  multiply?(device: WantedDevice, number: number): Readonly<Record<string, unknown>>;
}
