import { z } from "zod";
import { device } from "../device/device.ts";
import { deviceModel } from "../device/device-model.ts";
import { checkMessage } from "./checked-message.ts";
import type { DeviceAnnouncement } from "./device-announcement.ts";
import type { MessageBody } from "./message-body.ts";
import { msgTwin, type TwinDelta, type TwinDocument, type TwinResult } from "./twin-messages.ts";

const V1BETA1 = "devices.kubeedge.io/v1beta1";

const base = { event_id: z.string().default(""), timestamp: z.number().default(0) };
const nullableTwin = msgTwin.nullable().default(null);

const twinResult = z.looseObject({
  ...base,
  twin: z.record(z.string(), msgTwin.nullable()).optional(),
  code: z.number().int().optional(),
  reason: z.string().optional(),
  errors: z.record(z.string(), z.looseObject({ code: z.number(), reason: z.string() })).optional(),
});

const twinDocument = z.looseObject({
  ...base,
  twin: z.record(z.string(), z.looseObject({ last: nullableTwin, current: nullableTwin })),
});

const twinDelta = z.looseObject({
  ...base,
  twin: z.record(z.string(), msgTwin),
  delta: z.record(z.string(), z.string()),
});

const deviceAnnouncement = z.looseObject({
  version: z.literal(1),
  generation: z.number().int(),
  // Both are v1beta1 by definition, so that a sender need not say it.
  device: device.extend({
    apiVersion: z.literal(V1BETA1).default(V1BETA1),
    kind: z.literal("Device").default("Device"),
  }),
  model: deviceModel
    .extend({
      apiVersion: z.literal(V1BETA1).default(V1BETA1),
      kind: z.literal("DeviceModel").default("DeviceModel"),
    })
    .optional(),
});

/** @throws MapperkitError `invalid_input` naming the field */
export function parseTwinResult(body: MessageBody): TwinResult {
  return checkMessage(twinResult, body, "twin result") as TwinResult;
}

/** @throws MapperkitError `invalid_input` naming the field */
export function parseTwinDocument(body: MessageBody): TwinDocument {
  return checkMessage(twinDocument, body, "twin document") as TwinDocument;
}

/** @throws MapperkitError `invalid_input` naming the field */
export function parseTwinDelta(body: MessageBody): TwinDelta {
  return checkMessage(twinDelta, body, "twin delta") as TwinDelta;
}

/**
 * Reads the retained message of a device; an empty body says that the device is gone.
 * @throws MapperkitError `invalid_input` naming the field
 */
export function parseDeviceAnnouncement(body: Uint8Array | string): DeviceAnnouncement | undefined {
  if (body.length === 0) return undefined;
  return checkMessage(deviceAnnouncement, body, "device announcement") as DeviceAnnouncement;
}
