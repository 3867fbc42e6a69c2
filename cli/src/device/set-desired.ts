import { checkDesired, type Device, MapperkitError, type TwinStatus } from "@mapperkit/api";
import type { DeviceClient } from "./device-client.ts";

const ATTEMPTS = 5;

/** Reads `PROPERTY=VALUE` words. @throws MapperkitError `invalid_input` */
export function parseAssignments(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word): [string, string] => {
      const cut = word.indexOf("=");
      if (cut < 1) {
        throw new MapperkitError("invalid_input", `${word}: expected PROPERTY=VALUE`);
      }
      return [word.slice(0, cut), word.slice(cut + 1)];
    }),
  );
}

/**
 * Refuses what the model does not allow before anything is written. Without a model nobody knows,
 * and the device's conditions will say so.
 *
 * @throws MapperkitError `rejected` naming the property, the value and what was expected
 */
export async function checkAgainstModel(
  devices: DeviceClient,
  name: string,
  values: ReadonlyMap<string, string>,
): Promise<void> {
  const model = await devices.modelOf(await devices.get(name));
  if (!model) return;
  const properties = model.spec?.properties ?? [];
  for (const [property, value] of values) {
    const known = properties.find((candidate) => candidate.name === property);
    if (!known) {
      const names = properties.map((candidate) => candidate.name).join(", ");
      const owner = model.metadata.name;
      throw new MapperkitError(
        "rejected",
        `${property} is not a property of the DeviceModel ${owner}; it has ${names}`,
      );
    }
    const fault = checkDesired(known, value);
    if (fault) throw new MapperkitError("rejected", fault.message);
  }
}

/**
 * Sets desired values and keeps the rest of each property. A list is replaced as a whole by a merge
 * patch, so the patch carries the version that it was made from and is made again on a conflict.
 */
export async function setDesired(
  devices: DeviceClient,
  name: string,
  values: ReadonlyMap<string, string>,
): Promise<Device> {
  for (let attempt = 1; ; attempt += 1) {
    const device = await devices.get(name);
    const { resourceVersion } = device.metadata;
    const properties = withDesired(device.spec?.properties ?? [], values);
    try {
      return await devices.patch(name, { metadata: { resourceVersion }, spec: { properties } });
    } catch (error) {
      const isConflict = error instanceof MapperkitError && error.code === "conflict";
      if (!isConflict || attempt === ATTEMPTS) throw error;
    }
  }
}

type Properties = NonNullable<NonNullable<Device["spec"]>["properties"]>;

function withDesired(properties: Properties, values: ReadonlyMap<string, string>): Properties {
  const missing = [...values.keys()].filter((name) => !properties.some((p) => p.name === name));
  const all: Properties = [...properties, ...missing.map((name) => ({ name }))];
  return all.map((property) => {
    const value = values.get(property.name);
    if (value === undefined) return property;
    return { ...property, desired: { ...property.desired, value } };
  });
}

/** The twins of these properties once each is Applied, Rejected or Diverged. */
export async function awaitOutcome(
  devices: DeviceClient,
  device: Device,
  names: readonly string[],
): Promise<TwinStatus[]> {
  const generation = device.metadata.generation ?? 0;
  const settled = (state: Device) => {
    // A phase keeps the generation that brought its value, so that one does not tell.
    if ((state.status?.observedGeneration ?? 0) < generation) return undefined;
    const twins = (state.status?.twins ?? []).filter(
      ({ propertyName, phase }) =>
        names.includes(propertyName) && phase && phase.name !== "Pending",
    );
    return twins.length === names.length ? twins : undefined;
  };
  const now = settled(device);
  if (now) return now;
  for await (const state of devices.follow(device.metadata.name, device)) {
    const twins = settled(state);
    if (twins) return twins;
  }
  throw new MapperkitError("not_found", `device ${device.metadata.name} was deleted meanwhile`);
}
