import { type Device, MapperkitError } from "@mapperkit/api";
import type { FarSideProtocol, WantedDevice } from "@mapperkit/sim-plant";
import { protocolOf } from "./protocols.ts";

/**
 * So many devices after the pattern of those that are there, each in a place of its own:
 * `oven`, then `oven-1`, `oven-2`, ….
 * @throws MapperkitError `unsupported` when a protocol has no room for more
 */
export async function multiplyDevices(
  patterns: readonly WantedDevice[],
  count: number,
): Promise<WantedDevice[]> {
  const all = [...patterns];
  for (let round = 1; all.length < count; round += 1) {
    for (const pattern of patterns.slice(0, count - all.length)) {
      const name = pattern.device.spec?.protocol?.protocolName;
      const protocol = await protocolOf(name, pattern.where()).farSide();
      all.push(copyOf(pattern, round, protocol));
    }
  }
  return all;
}

function copyOf(pattern: WantedDevice, number: number, protocol: FarSideProtocol): WantedDevice {
  const place = protocol.multiply?.(pattern, number);
  if (!place) {
    const { protocolName } = pattern.device.spec?.protocol ?? {};
    const message = `${pattern.where()}: devices of protocol ${protocolName} cannot be multiplied`;
    throw new MapperkitError("unsupported", message);
  }
  const { metadata } = pattern.device;
  const device = movedTo(pattern.device, place);
  return {
    ...pattern,
    id: `${pattern.id}-${number}`,
    device: { ...device, metadata: { ...metadata, name: `${metadata.name}-${number}` } },
  };
}

/** A device that is elsewhere: with other keys in its `protocol.configData`. */
export function movedTo(device: Device, place: Readonly<Record<string, unknown>>): Device {
  const { protocol = {} } = device.spec ?? {};
  const configData = { ...protocol.configData, ...place };
  return { ...device, spec: { ...device.spec, protocol: { ...protocol, configData } } };
}
