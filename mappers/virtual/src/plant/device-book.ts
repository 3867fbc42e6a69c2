import {
  type DeviceAnnouncement,
  type DeviceId,
  type DeviceModel,
  deviceIdOf,
  MapperkitError,
} from "@mapperkit/api";
import type { PlantValues } from "./kept-values.ts";

/** What is known of a device while the mapper runs. */
interface Entry {
  model: DeviceModel | undefined;
  /** What its visitors say it begins with, as the texts of the twin. */
  initial: Readonly<Record<string, string>>;
  /** What never changes. */
  constants: Readonly<Record<string, string>>;
  /** What it last had, for a device whose model was changed. */
  values: PlantValues;
}

/** The models of the devices: a session is opened by a config, which does not hold them. */
export class DeviceBook {
  readonly #entries = new Map<DeviceId, Entry>();

  note({ device, model }: DeviceAnnouncement): void {
    const id = deviceIdOf(device.metadata);
    const own = new Map(device.spec?.properties?.map((entry) => [entry.name, entry.visitors]));
    const said = (key: string) =>
      Object.fromEntries(
        (model?.spec?.properties ?? []).flatMap(({ name, visitors }) => {
          const value = (own.get(name) ?? visitors)?.configData?.[key];
          return value === undefined ? [] : [[name, String(value)]];
        }),
      );
    const { values = {} } = this.#entries.get(id) ?? {};
    const entry = { model, initial: said("initial"), constants: said("constant"), values };
    this.#entries.set(id, entry);
  }

  /** @throws MapperkitError `not_found` for a device of which nobody spoke */
  entry(id: DeviceId): Entry & { readonly model: DeviceModel } {
    const entry = this.#entries.get(id);
    if (entry?.model) return { ...entry, model: entry.model };
    throw new MapperkitError("not_found", `the model of ${id} is not known`);
  }

  remember(id: DeviceId, values: PlantValues): void {
    const entry = this.#entries.get(id);
    if (entry) entry.values = values;
  }
}
