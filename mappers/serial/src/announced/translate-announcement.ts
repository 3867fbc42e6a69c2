import type { DeviceAnnouncement, DeviceProperty, ModelProperty } from "@mapperkit/api";
import { speechKeys } from "../config/speech-keys.ts";

type ConfigData = Readonly<Record<string, unknown>>;

/** Keys of v1alpha2's `protocol.common` for what the SDK does by itself. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...["reconnTimeout", "reconnRetryTimes", "collectTimeout", "collectRetryTimes"],
  ...["collectType", "commType"],
]);

/**
 * An announcement in which each property knows how its device speaks: the devices of a line share a
 * session, and only visitors tell it of whom a property is. Total.
 */
export function translateAnnouncement(
  announcement: DeviceAnnouncement,
  defaults: ConfigData = {},
): DeviceAnnouncement {
  const { device, model } = announcement;
  const { protocol } = device.spec ?? {};
  if (!protocol) return announcement;
  const configData = Object.fromEntries(
    Object.entries(protocol.configData ?? {}).filter(([key]) => !WITHOUT_EFFECT.has(key)),
  );
  const speech = Object.fromEntries(
    Object.entries({ ...defaults, ...configData }).filter(([key]) =>
      Object.hasOwn(speechKeys, key),
    ),
  );
  const own = device.spec?.properties?.map((property) => spoken(property, speech));
  const properties = model?.spec?.properties?.map((property) => spoken(property, speech));
  return {
    ...announcement,
    device: {
      ...device,
      spec: {
        ...device.spec,
        protocol: { ...protocol, configData },
        ...(own && { properties: own }),
      },
    },
    ...(model && properties && { model: { ...model, spec: { ...model.spec, properties } } }),
  };
}

function spoken<P extends DeviceProperty | ModelProperty>(property: P, speech: ConfigData): P {
  const own: ConfigData | undefined = property.visitors?.configData;
  if (!own) return property;
  const isOnlyWritten =
    own.command !== undefined && own.query === undefined && own.pattern === undefined;
  const configData = { ...speech, ...(isOnlyWritten && { writeOnly: true }), ...own };
  return { ...property, visitors: { ...property.visitors, configData } };
}
