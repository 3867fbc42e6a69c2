import { MapperkitError, parseDuration } from "@mapperkit/api";
import { z } from "zod";
import type { SimFault } from "./sim-fault.ts";

const duration = z.string().refine(isDuration, {
  error: ({ input }) => `is ${String(input)}, must be a duration such as 250ms, 5s, 2m`,
});
const timing = {
  at: duration.optional(),
  for: duration.optional(),
  p: z.coerce.number().min(0).max(1).optional(),
};
const plain = <const K extends string>(kind: K) =>
  z.strictObject({ kind: z.literal(kind), ...timing });
const ofProperty = { ...timing, property: z.string().min(1) };
const by = z.coerce.number().optional();

const simFault = z.discriminatedUnion("kind", [
  plain("silent"),
  plain("drop"),
  plain("truncate"),
  plain("badCrc"),
  plain("wrongUnit"),
  plain("wrongTransaction"),
  plain("busy"),
  plain("restart"),
  plain("halfOpen"),
  plain("refused"),
  plain("deletedSubscription"),
  plain("expiredCertificate"),
  z.strictObject({
    ...timing,
    kind: z.literal("latency"),
    ms: z.coerce.number().min(0),
    jitter: z.coerce.number().min(0).optional(),
  }),
  z.strictObject({ ...timing, kind: z.literal("split"), bytes: z.coerce.number().int().min(1) }),
  z.strictObject({
    ...timing,
    kind: z.literal("garbage"),
    bytes: z.coerce.number().int().min(1).optional(),
  }),
  z.strictObject({
    ...timing,
    kind: z.literal("exception"),
    code: z.coerce.number().int().min(1).max(255),
  }),
  z.strictObject({ ...ofProperty, kind: z.literal("stuck") }),
  z.strictObject({ ...ofProperty, kind: z.literal("drift"), by }),
  z.strictObject({ ...ofProperty, kind: z.literal("spike"), by }),
  z.strictObject({
    ...ofProperty,
    kind: z.literal("quality"),
    quality: z.enum(["Good", "Uncertain", "Bad"]),
  }),
]);

/** The words that people may use for a kind. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  slow: "latency",
  truncated: "truncate",
  crc: "badCrc",
  noise: "garbage",
};

export const faultKinds: readonly string[] = simFault.options.map(
  ({ shape }) => [...shape.kind.values][0] ?? "",
);

/**
 * A fault as a file, a command line or a request says it; numbers may be texts.
 * @throws MapperkitError `invalid_input` naming the field that is wrong
 */
export function parseFault(raw: unknown): SimFault {
  const { kind, ...rest } = Object(raw) as Readonly<Record<string, unknown>>;
  if (kind === undefined)
    throw faulty("kind", `is missing, must be one of ${faultKinds.join(", ")}`);
  const word = OTHER_WORDS[String(kind)] ?? String(kind);
  if (!faultKinds.includes(word)) {
    throw faulty("kind", `is ${word}, must be one of ${faultKinds.join(", ")}`);
  }
  const { data, error } = simFault.safeParse({ ...rest, kind: word });
  if (data) return withoutAbsent(data) as SimFault;
  const [issue] = error?.issues ?? [];
  const field = issue?.path.join(".") || "fault";
  throw faulty(field, issue?.message ?? "is wrong");
}

function withoutAbsent(fault: object): object {
  return Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== undefined));
}

function isDuration(text: string): boolean {
  try {
    parseDuration(text, "");
    return true;
  } catch {
    return false;
  }
}

function faulty(field: string, what: string): MapperkitError {
  return new MapperkitError("invalid_input", `${field}: ${what}`, { details: { field } });
}
