import { byteOrders, dataTypes } from "@mapperkit/api";
import { z } from "zod";
import { MAX_FRAME_BYTES } from "../framing/frame-splitter.ts";
import {
  addressOf,
  checkSpeech,
  patternText,
  speechKeys,
  templateFault,
  templateText,
  wholeNumber,
} from "./speech-keys.ts";

/**
 * Schema of a property's `visitors.configData`, into which the device's way of speaking has been
 * put. The form of bytes is named here, where every protocol has it, since frames are decoded here.
 */
export const serialVisitor = z
  .object({
    ...speechKeys,
    /** What asks for the value. Without it the value is what the device says unasked. */
    query: templateText.optional(),
    /** What sets it, with `{value}`. */
    command: templateText.optional(),
    /**
     * The answer among what arrives; of a line the first group is the value. Default: any line.
     * A frame is matched as `AA 55 01`.
     */
    pattern: patternText.optional(),
    /** How old a value that was said unasked may be, ms. Default 10,000. */
    freshMs: wholeNumber(1, 3_600_000).optional(),
    /** Where in a frame the value begins, from 0. */
    at: wholeNumber(0, MAX_FRAME_BYTES).optional(),
    dataType: z.enum(dataTypes, `must be one of ${dataTypes.join(", ")}`).optional(),
    byteOrder: z.enum(byteOrders, `must be one of ${byteOrders.join(", ")}`).optional(),
    bit: wholeNumber(0, 63).optional(),
    byteLength: wholeNumber(1, MAX_FRAME_BYTES).optional(),
  })
  .superRefine((visitor, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message, input: visitor });
    checkSpeech(visitor, refuse);
    const { framing = "line", query, command, pattern, at, dataType } = visitor;
    const isRead = query !== undefined || pattern !== undefined;
    for (const [key, source] of Object.entries({ query, command })) {
      const fault = source === undefined ? undefined : templateFault(framing, source);
      if (fault !== undefined) refuse(key, fault);
      const needsAddress = framing === "frame" && source?.includes("{address}");
      if (needsAddress && addressOf(visitor.address) === undefined) {
        const shown = JSON.stringify(visitor.address) ?? "missing";
        refuse("address", `is ${shown}, must be 0 to 255: ${key} has {address}`);
      }
    }
    if (!isRead && command === undefined) {
      refuse("query", "is missing; without it, pattern must find what the device says unasked");
    }
    if (framing !== "frame") return;
    if (dataType === undefined) refuse("dataType", "is missing, must say what the bytes are");
    if (at === undefined && isRead) refuse("at", "is missing, must say where the value begins");
    const { bit = 0, byteLength = 1 } = visitor;
    if (dataType === "boolean" && bit >= byteLength * 8) {
      refuse("bit", `is ${bit}, must be less than ${byteLength * 8}, or byteLength more`);
    }
    if ((dataType === "string" || dataType === "bytes") && visitor.byteLength === undefined) {
      refuse("byteLength", `is missing, must say how many bytes the ${dataType} has`);
    }
  });
export type SerialVisitor = z.output<typeof serialVisitor>;
