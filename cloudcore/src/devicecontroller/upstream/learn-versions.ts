import type { Device, MsgTwin } from "@mapperkit/api";
import type { DeviceMemory } from "./device-memory.ts";

/**
 * Notes the versions that a stock edge tells of its expected values. True when it expects something
 * else than is desired, for the first time since that was desired: the answer to a refused version.
 */
export function learnVersions(
  device: Device,
  memory: DeviceMemory,
  twins: Readonly<Record<string, MsgTwin | null>>,
): boolean {
  let isConflict = false;
  for (const { name, desired } of device.spec?.properties ?? []) {
    const { expected, expected_version: version } = twins[name] ?? {};
    if (!desired?.value || !expected || !version) continue;
    const twin = memory.twin(name);
    const cloud = Math.max(twin.seen?.cloud ?? 0, version.cloud);
    const edge = Math.max(twin.seen?.edge ?? 0, version.edge);
    twin.seen = { cloud, edge };
    if (expected.value === desired.value) {
      delete twin.repeatedFor;
      twin.heldFor = desired.value;
    }
    if (expected.value === desired.value || twin.repeatedFor === desired.value) continue;
    twin.repeatedFor = desired.value;
    isConflict = true;
  }
  return isConflict;
}
