import { z } from "zod";
import { checksumNames } from "../framing/checksums.ts";
import { MAX_FRAME_BYTES } from "../framing/frame-splitter.ts";
import { ByteTemplate } from "./byte-template.ts";
import { hexBytes, unescaped } from "./escapes.ts";
import { Pattern } from "./pattern.ts";
import { TextTemplate } from "./text-template.ts";

/** Peers that only know text send numbers and booleans as text. */
export const wholeNumber = (least: number, greatest: number) =>
  z.coerce
    .number(`must be a whole number of ${least} to ${greatest}`)
    .int(`must be a whole number of ${least} to ${greatest}`)
    .min(least, `must be a whole number of ${least} to ${greatest}`)
    .max(greatest, `must be a whole number of ${least} to ${greatest}`);
export const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean("must be true or false"),
);
const MAX_TEXT = 1024;
const text = z.string("must be text").max(MAX_TEXT, `must be at most ${MAX_TEXT} characters`);

/** Text that `read` takes without throwing. */
const textThat = (read: (text: string) => unknown) =>
  text.superRefine((value, context) => {
    try {
      read(value);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: "custom", message });
    }
  });
export const patternText = textThat((source) => new Pattern(source));
const escapedText = textThat(unescaped).refine((value) => value !== "", "must not be empty");
const hexText = textThat(hexBytes);

/** A template whose form depends on the framing: it is right as a line or as a frame. */
export const templateText = text.min(1, "must not be empty");

/** Checks a template for what it is in this framing; the message says what of it cannot be read. */
export function templateFault(framing: "line" | "frame", source: string): string | undefined {
  try {
    void (framing === "line" ? new TextTemplate(source) : new ByteTemplate(source));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * How a device speaks. Given for the device in `protocol.configData`, and for one property, where it
 * differs, in `visitors.configData`. All are flat scalars, which survive every peer.
 */
export const speechKeys = {
  /** Lines of text that end with a terminator, or frames of bytes. Default `line`. */
  framing: z.enum(["line", "frame"], "must be line or frame").optional(),
  /** `{address}` of templates, for several devices on one line. */
  address: z
    .union([z.string(), z.number()], "must be text or a number")
    .transform(String)
    .optional(),
  /** Longest wait for a whole answer, ms. Default 1000. */
  timeoutMs: wholeNumber(1, 60_000).optional(),
  /** How long after its time-out an answer may still come, ms. Default 500. */
  lateAnswerMs: wholeNumber(0, 10_000).optional(),
  /** Silence that the device needs before each request, ms. Default 0. */
  pauseBetweenMs: wholeNumber(0, 60_000).optional(),
  /** How a number is proved taken, or a wish refused: what the device answers to a command. */
  acknowledge: patternText.optional(),
  /** What the device answers when it will not; the first group is its words. */
  refusal: patternText.optional(),
  /** Sent after each command; its answer is the acknowledgement: `SYST:ERR?`. */
  confirm: templateText.optional(),
  /** What true and false are called on the line. Default 1 and 0. */
  trueText: text.optional(),
  falseText: text.optional(),

  /** What ends a line, both ways. Default `\r\n`. */
  terminator: escapedText.optional(),
  /** What ends a line of the device's, where that differs. */
  answerTerminator: escapedText.optional(),
  encoding: z.enum(["utf8", "latin1"], "must be utf8 or latin1").optional(),
  /** Whether the device, or the wire, repeats what is sent. */
  echo: flag.optional(),

  /** What each answer begins with: `AA 55`. */
  header: hexText.optional(),
  /** What follows the check, both ways. */
  trailer: hexText.optional(),
  /** One of three: all answers are of this length, a field tells it, a mark ends them. */
  frameLength: wholeNumber(1, MAX_FRAME_BYTES).optional(),
  lengthAt: wholeNumber(0, MAX_FRAME_BYTES).optional(),
  frameEnd: hexText.optional(),
  lengthBytes: wholeNumber(1, 2).optional(),
  lengthOrder: z.enum(["big", "little"], "must be big or little").optional(),
  /** What the length field leaves out: 0 where it counts the whole frame. */
  lengthAdds: wholeNumber(-MAX_FRAME_BYTES, MAX_FRAME_BYTES).optional(),
  checksum: z.enum(checksumNames, `must be one of ${checksumNames.join(", ")}`).optional(),
  checksumFrom: wholeNumber(0, MAX_FRAME_BYTES).optional(),
  checksumOrder: z.enum(["big", "little"], "must be big or little").optional(),
  /** Where an answer says which device it is from. */
  addressAt: wholeNumber(0, MAX_FRAME_BYTES).optional(),
} as const;

export const speech = z.object(speechKeys);
export type SpeechSettings = z.output<typeof speech>;

type Refuse = (key: string, message: string) => void;

/** What single keys cannot say of themselves. */
export function checkSpeech(settings: SpeechSettings, refuse: Refuse): void {
  const { framing = "line", confirm, acknowledge, address } = settings;
  if (confirm !== undefined && acknowledge === undefined) {
    refuse("acknowledge", "is missing, must say what confirm is answered with when all is well");
  }
  const fault = confirm === undefined ? undefined : templateFault(framing, confirm);
  if (fault !== undefined) refuse("confirm", fault);
  if (framing !== "frame") return;
  const extents = [settings.frameLength, settings.lengthAt, settings.frameEnd];
  if (extents.filter((one) => one !== undefined).length !== 1) {
    refuse("frameLength", "must be given, or lengthAt, or frameEnd, and only one of them");
  }
  if (settings.frameEnd !== undefined && hexBytes(settings.frameEnd).length === 0) {
    refuse("frameEnd", "must not be empty");
  }
  const { addressAt } = settings;
  if (addressAt !== undefined && addressOf(address) === undefined) {
    refuse("address", `is ${JSON.stringify(address)}, must be 0 to 255 where there is addressAt`);
  }
}

/** The address of a device that speaks in frames: a byte, decimal or `0x1f`. */
export function addressOf(address: string | undefined): number | undefined {
  if (address === undefined || !/^(\d{1,3}|0x[0-9a-f]{1,2})$/i.test(address)) return undefined;
  const number = Number(address);
  return number <= 255 ? number : undefined;
}
