import { byteOrders, dataTypes } from "@mapperkit/api";
import { z } from "zod";
import { checkNames } from "../wire/frame-check.ts";

const count = z.coerce.number().int();
const order = z.enum(["big", "little"]);

/** How a device speaks, as far as it concerns the device: keys of configData, of device or property. */
export const deviceWords = z.object({
  framing: z.enum(["line", "frame"]).default("line"),
  address: z.union([z.string(), z.number()]).transform(String).optional(),
  acknowledge: z.string().optional(),
  refusal: z.string().optional(),
  confirm: z.string().optional(),
  trueText: z.string().default("1"),
  falseText: z.string().default("0"),
  terminator: z.string().default("\\r\\n"),
  answerTerminator: z.string().optional(),
  echo: z
    .union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")])
    .default(false),
  header: z.string().default(""),
  trailer: z.string().default(""),
  frameLength: count.optional(),
  lengthAt: count.optional(),
  lengthBytes: count.default(1),
  lengthOrder: order.default("big"),
  lengthAdds: count.default(0),
  frameEnd: z.string().optional(),
  checksum: z.enum(checkNames).optional(),
  checksumFrom: count.default(0),
  checksumOrder: order.optional(),
  addressAt: count.optional(),
});
export type DeviceWords = z.output<typeof deviceWords>;

/** How one property of it is asked for and set. */
export const propertyWords = deviceWords.extend({
  query: z.string().optional(),
  command: z.string().optional(),
  pattern: z.string().optional(),
  at: count.default(0),
  dataType: z.enum(dataTypes as [string, ...string[]]).optional(),
  byteOrder: z.enum(byteOrders).default("ABCD"),
  bit: count.optional(),
  byteLength: count.optional(),
  scale: z.coerce.number().default(1),
  offset: z.coerce.number().default(0),
});
export type PropertyWords = z.output<typeof propertyWords>;
