import { type DeviceId, type DeviceModel, deviceIdOf } from "@mapperkit/api";
import type { Context, PropertyValue } from "@mapperkit/sdk";
import type { VirtualConfig } from "../virtual-config.ts";
import type { DeviceBook } from "./device-book.ts";
import { initialValues } from "./initial-values.ts";
import { fileOf, keep, readKept } from "./kept-values.ts";
import { VirtualDevice } from "./virtual-device.ts";

const KEEP_EVERY_MS = 10_000;

/** A virtual device from opening to closing, with its file where its values are kept. */
export class VirtualSession {
  readonly #context: Context<VirtualConfig>;
  readonly #book: DeviceBook;
  readonly #device: VirtualDevice;
  readonly #file: string | undefined;
  readonly #stopKeeping: () => void;
  #keeping: Promise<void> = Promise.resolve();

  /** @throws MapperkitError `invalid_input` when the file with its values cannot be read */
  static async open(context: Context<VirtualConfig>, book: DeviceBook): Promise<VirtualSession> {
    const { config, device, clock, random, log } = context;
    const id = deviceIdOf(device);
    const { model, initial, constants, values } = book.entry(id);
    const file = config.retain
      ? fileOf(config.stateFolder, device.namespace, device.name)
      : undefined;
    const kept = file === undefined ? {} : await readKept(file);
    const begin = fitting(model, { ...initialValues(model, initial), ...kept, ...values });
    const own = await VirtualDevice.start({
      ...{
        model,
        values: begin,
        constants: initialValues(model, constants),
        seed: config.seed ?? id,
        speed: config.speed,
      },
      ...{ clock, random, log },
    });
    return new VirtualSession(context, book, own, file);
  }

  private constructor(
    context: Context<VirtualConfig>,
    book: DeviceBook,
    device: VirtualDevice,
    file: string | undefined,
  ) {
    this.#context = context;
    this.#book = book;
    this.#device = device;
    this.#file = file;
    this.#stopKeeping =
      file === undefined ? () => undefined : context.clock.every(KEEP_EVERY_MS, () => this.#keep());
  }

  get #id(): DeviceId {
    return deviceIdOf(this.#context.device);
  }

  read(property: string): PropertyValue {
    return this.#device.read(property);
  }

  /** Resolves when a value that is kept is in its file. @throws MapperkitError `rejected` */
  async write(property: string, value: PropertyValue): Promise<void> {
    this.#device.write(property, value);
    if (this.#file !== undefined) await this.#keep();
  }

  async close(): Promise<void> {
    this.#stopKeeping();
    this.#book.remember(this.#id, this.#device.values);
    if (this.#file !== undefined) await this.#keep();
    await this.#device[Symbol.asyncDispose]();
  }

  /** One after the other, so that the newest is what stays. Never throws. */
  #keep(): Promise<void> {
    const { log } = this.#context;
    const file = this.#file ?? "";
    this.#keeping = this.#keeping
      .then(() => keep(file, this.#device.values))
      .catch((error: unknown) => log.warn("state of virtual device is not kept", { file, error }));
    return this.#keeping;
  }
}

/** What was kept under another model counts where the property still is there and of that kind. */
function fitting(
  model: DeviceModel,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kinds: Readonly<Record<string, string>> = { BOOLEAN: "boolean", STRING: "string" };
  const types = new Map(model.spec?.properties?.map(({ name, type }) => [name, type]));
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => {
      const type = types.get(name);
      const isNumber = typeof value === "number" || typeof value === "bigint";
      const kind = kinds[type ?? ""];
      return kind === undefined ? isNumber && type !== "BYTES" : typeof value === kind;
    }),
  );
}
