import { z } from "zod";
import { MapperkitError } from "../errors.ts";
import { type Device, device } from "./device.ts";
import { type DeviceModel, deviceModel } from "./device-model.ts";

/** @throws MapperkitError `invalid_input` naming the field. Other versions must be converted first. */
export function parseDevice(value: unknown): Device {
  return check(device, value, "Device");
}

/** @throws MapperkitError `invalid_input` naming the field. Other versions must be converted first. */
export function parseDeviceModel(value: unknown): DeviceModel {
  return check(deviceModel, value, "DeviceModel");
}

function check<T>(schema: z.ZodType<T>, value: unknown, kind: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new MapperkitError(
    "invalid_input",
    `not a v1beta1 ${kind}: ${z.prettifyError(result.error)}`,
    { details: { field: result.error.issues[0]?.path.join(".") ?? "" } },
  );
}
