import type { Device } from "@mapperkit/api";
import type { Claims } from "../definition/mapper-base.ts";

/**
 * Whether a device is this mapper's: it names the mapper's protocol, or it is of the claimed model
 * and names no other protocol. A selector narrows that to devices with these labels, and is a claim
 * by itself where there is neither protocol nor model.
 */
export function isClaimed(
  { protocol, claims }: { readonly protocol?: string; readonly claims?: Claims },
  device: Device,
): boolean {
  const named = device.spec?.protocol?.protocolName || undefined;
  const isOfProtocol = protocol !== undefined && named === protocol;
  const isOfModel =
    claims?.model !== undefined &&
    claims.model === device.spec?.deviceModelRef?.name &&
    (named === undefined || named === protocol);
  const selector = claims?.selector;
  const isOpen = protocol === undefined && claims?.model === undefined && selector !== undefined;
  if (!isOfProtocol && !isOfModel && !isOpen) return false;
  return Object.entries(selector ?? {}).every(
    ([label, value]) => device.metadata.labels?.[label] === value,
  );
}
