import type { Condition, Device } from "@mapperkit/api";

export function conditionOf(device: Device, type: string): Condition | undefined {
  return device.status?.conditions?.find((condition) => condition.type === type);
}
