import {
  type Device,
  type DeviceFault,
  type DeviceModel,
  findDeviceFaults,
  findWireFaults,
} from "@mapperkit/api";

/** What a device and its model say: what there is, and what cannot be obeyed. */
export interface Judgement {
  /** Of the device, and of the model where any mapper would stumble over it. */
  readonly faults: readonly DeviceFault[];
  /** Of the wire, as our mappers read it: another mapper may mean something else by the same words. */
  readonly wireFaults: readonly DeviceFault[];
  /** Those that may have a twin: of the spec first, then those that only the model has. */
  readonly properties: ReadonlySet<string>;
}

/** Judges a device when it or its model changes; a report changes neither, and there are many. */
export class DeviceJudgement {
  #spec: Device["spec"];
  #model: DeviceModel | undefined;
  #judged: Judgement | undefined;

  of(device: Device, model: DeviceModel | undefined): Judgement {
    if (this.#judged && this.#spec === device.spec && this.#model === model) return this.#judged;
    this.#spec = device.spec;
    this.#model = model;
    this.#judged = judge(device, model);
    return this.#judged;
  }
}

function judge(device: Device, model: DeviceModel | undefined): Judgement {
  const faults = findDeviceFaults(device, model);
  const fields = new Set(faults.map(({ field }) => field));
  const wireFaults = model ? findWireFaults(model).filter(({ field }) => !fields.has(field)) : [];
  const inSpec = device.spec?.properties ?? [];
  const inModel = model?.spec?.properties ?? [];
  const properties = new Set([...inSpec, ...inModel].map(({ name }) => name));
  return { faults, wireFaults, properties };
}
