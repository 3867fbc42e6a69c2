import { checkDesired, type DeviceModel } from "@mapperkit/api";

/** The values that visitors say a device begins with; those that are none of the type are left out. */
export function initialValues(
  model: DeviceModel,
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const property of model.spec?.properties ?? []) {
    const { name, type = "STRING" } = property;
    const text = texts[name];
    if (text === undefined || checkDesired({ ...property, accessMode: "ReadWrite" }, text))
      continue;
    if (type === "STRING") values[name] = text;
    else if (type === "BOOLEAN") values[name] = text.toLowerCase() === "true";
    else if (type !== "BYTES") values[name] = Number(text);
  }
  return values;
}
