import { type DeviceModel, MapperkitError } from "@mapperkit/api";
import { simPropertiesOf } from "@mapperkit/sim-plant";
import type { z } from "zod";
import type { DescribedDevice } from "../wire/spoken-device.ts";
import { deviceWords, propertyWords } from "../words/device-words.ts";

type ConfigData = Readonly<Record<string, unknown>>;

/** What of a Device its far side must know. */
export interface DeviceText {
  readonly configData: ConfigData;
  readonly model: DeviceModel;
  /** The visitors' configData of each property that the Device lists. */
  readonly visitors: ReadonlyMap<string, ConfigData | undefined>;
}

/**
 * Reads how a device speaks. Properties without words are left out.
 * @throws MapperkitError `invalid_input` whose `details` name property and key
 */
export function describedDevice(
  unit: number,
  { configData, model, visitors }: DeviceText,
): DescribedDevice {
  const words = parsed(deviceWords, configData, undefined);
  const properties = simPropertiesOf(model).flatMap((property) => {
    const { name } = property;
    const inModel = model.spec?.properties?.find((one) => one.name === name)?.visitors?.configData;
    const own = visitors.get(name) ?? inModel;
    if (!own) return [];
    return [{ property, words: parsed(propertyWords, { ...configData, ...own }, name) }];
  });
  return { unit, words, properties };
}

function parsed<T>(schema: z.ZodType<T>, configData: ConfigData, property: string | undefined): T {
  const result = schema.safeParse(configData);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = String(issue?.path[0] ?? "");
  const place = property === undefined ? "protocol" : `properties[${property}].visitors`;
  const message = `${place}.configData.${key}: ${issue?.message}`;
  const details = property === undefined ? { key } : { key, property };
  throw new MapperkitError("invalid_input", message, { cause: result.error, details });
}
