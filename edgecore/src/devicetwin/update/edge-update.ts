import {
  type MsgTwin,
  type Outcome,
  type PartialTwinUpdate,
  type PropertyRefusal,
  schemas,
  type TwinDocument,
  type TwinValue,
  type ValueMetadata,
} from "@mapperkit/api";
import { checkSide, isRefusal, type PropertyRules, refusal, typeOf } from "./property-rules.ts";
import {
  DELETED,
  isLive,
  isQuality,
  type PropertyTwin,
  type SideValue,
  type TwinChange,
  type TwinSide,
  toDocumentSide,
} from "./property-twin.ts";

/** What an update does, before anything of it is done. */
export interface UpdateEffect {
  /** Empty when every value was equal to the held one. */
  readonly changes: readonly TwinChange[];
  readonly result: Record<string, MsgTwin | null>;
  readonly errors: Record<string, PropertyRefusal>;
}

export interface UpdateContext {
  readonly rules: PropertyRules;
  /** ms since 1970 */
  readonly now: number;
}

/** Where no model says which properties there are, a sender could else add names for ever. */
const MAX_PROPERTIES = 4_096;
/** Characters of a reason or message that a mapper gives. */
const MAX_TEXT = 1_024;

type Step = { readonly answer: MsgTwin | null; readonly after?: PropertyTwin };

/**
 * A mapper's `twin/update` (mqtt-topics §2.6, origin EDGE) with these corrections: a refused property
 * refuses only itself unless the request is atomic, and an equal value is answered but changes nothing.
 */
export function applyEdgeUpdate(
  twin: ReadonlyMap<string, PropertyTwin>,
  { update, refused }: PartialTwinUpdate,
  context: UpdateContext,
): UpdateEffect {
  const changes: TwinChange[] = [];
  const result: [string, MsgTwin | null][] = [];
  const errors: [string, PropertyRefusal][] = Object.entries(refused);
  for (const [property, message] of Object.entries(update.twin)) {
    const before = twin.get(property);
    if (before === undefined && twin.size + changes.length >= MAX_PROPERTIES) {
      errors.push([property, refusal(413, `the device has ${MAX_PROPERTIES} properties already`)]);
      continue;
    }
    const step = stepProperty(property, before, message, context);
    if (step === undefined) continue;
    if (isRefusal(step)) {
      errors.push([property, step]);
      continue;
    }
    result.push([property, step.answer]);
    if (step.after) changes.push({ property, before, after: step.after });
  }
  const isDropped = update.atomic === true && errors.length > 0;
  return {
    changes: isDropped ? [] : changes,
    result: isDropped ? {} : Object.fromEntries(result),
    errors: Object.fromEntries(errors),
  };
}

/** `last` and `current` of all changes that a reader of values can see: not of an outcome alone. */
export function documentOf(changes: readonly TwinChange[]): TwinDocument["twin"] {
  const entries = changes
    .filter(({ before, after }) => !isOutcomeAlone(before, after))
    .map(({ property, before, after }) => [
      property,
      { last: toDocumentSide(before), current: toDocumentSide(after) },
    ]);
  return Object.fromEntries(entries);
}

function isOutcomeAlone(before: PropertyTwin | undefined, after: PropertyTwin): boolean {
  return (
    before !== undefined &&
    before.expected === after.expected &&
    before.actual === after.actual &&
    before.optional === after.optional &&
    before.type === after.type
  );
}

function stepProperty(
  property: string,
  before: PropertyTwin | undefined,
  message: MsgTwin | null,
  context: UpdateContext,
): Step | PropertyRefusal | undefined {
  if (message === null) return deleteProperty(before);
  const model = context.rules.properties?.get(property);
  if (context.rules.properties && !model) {
    return refusal(400, `the device model has no property ${property}`);
  }
  const held = isLive(before) ? before : undefined;
  const type = typeOf(model, held?.type, message.metadata?.type);
  if (isRefusal(type)) return type;
  for (const side of ["expected", "actual"] as const) {
    const { value, metadata } = message[side] ?? {};
    if (value === undefined) continue;
    const refused = checkSide(side, { value, metadata }, type, model, context.rules);
    if (refused) return refused;
  }
  if (message.outcome !== undefined && !schemas.outcome.safeParse(message.outcome).success) {
    return refusal(400, "outcome must be an object with a phase");
  }
  const everySample = context.rules.sampling?.get(property)?.everySample === true;
  return takeProperty(before, held, message, { type, now: context.now, everySample });
}

function takeProperty(
  before: PropertyTwin | undefined,
  held: PropertyTwin | undefined,
  message: MsgTwin,
  { type, now, everySample }: { type: string; now: number; everySample: boolean },
): Step | undefined {
  const base: PropertyTwin = held ?? newProperty(before, type, message.optional);
  let after = takeSide(base, "expected", message.expected, { now, isEqualNews: false });
  after = takeSide(after, "actual", message.actual, { now, isEqualNews: everySample });
  after = takeOutcome(after, message.outcome);
  // Optional goes only from true to false (mqtt-topics §2.6).
  if (held && message.optional === false && held.optional) after = { ...after, optional: false };
  if (held && held.type !== type && after !== held) after = { ...after, type };
  const isChanged = after !== held;
  if (!isChanged && !message.expected && !message.actual && !message.outcome) return undefined;
  return { answer: answerOf(after, message), ...(isChanged && { after }) };
}

/** The versions of what was deleted go on: a version never falls. */
function newProperty(
  tombstone: PropertyTwin | undefined,
  type: string,
  optional: boolean | undefined,
): PropertyTwin {
  return {
    optional: optional ?? true,
    type,
    ...(tombstone?.expectedVersion && { expectedVersion: tombstone.expectedVersion }),
    ...(tombstone?.actualVersion && { actualVersion: tombstone.actualVersion }),
  };
}

function takeSide(
  twin: PropertyTwin,
  side: TwinSide,
  sent: TwinValue | undefined,
  { now, isEqualNews }: { now: number; isEqualNews: boolean },
): PropertyTwin {
  if (sent?.value === undefined) return twin;
  const metadata = metadataOf(side, sent.metadata, now);
  const held = twin[side];
  if (held && !isEqualNews && isEqualSide(held, sent.value, metadata)) return twin;
  const version = side === "expected" ? twin.expectedVersion : twin.actualVersion;
  const next = { cloud: version?.cloud ?? 0, edge: (version?.edge ?? 0) + 1 };
  const value: SideValue = { value: sent.value, metadata };
  if (side === "actual") return { ...twin, actual: value, actualVersion: next };
  // What became of the former value says nothing about this one.
  const { outcome: _, ...rest } = twin;
  return { ...rest, expected: value, expectedVersion: next };
}

function isEqualSide(held: SideValue, value: string, metadata: ValueMetadata): boolean {
  return (
    held.value === value &&
    held.metadata.quality === metadata.quality &&
    held.metadata.reason === metadata.reason
  );
}

/** The edge's time; the sender's own beside it; quality and reason of what was read. */
function metadataOf(
  side: TwinSide,
  sent: ValueMetadata | undefined,
  timestamp: number,
): ValueMetadata {
  if (sent === undefined) return { timestamp };
  const sourceTimestamp = sent.sourceTimestamp ?? sent.timestamp;
  return {
    timestamp,
    ...(typeof sourceTimestamp === "number" && sourceTimestamp > 0 && { sourceTimestamp }),
    ...(side === "actual" && isQuality(sent.quality) && { quality: sent.quality }),
    ...(side === "actual" && typeof sent.reason === "string" && { reason: cut(sent.reason) }),
  };
}

function takeOutcome(twin: PropertyTwin, sent: MsgTwin["outcome"]): PropertyTwin {
  if (sent === undefined) return twin;
  const outcome = outcomeOf(sent);
  const generation = twin.expected?.metadata.generation;
  const isOfFormerValue =
    generation !== undefined && outcome.generation !== undefined && outcome.generation < generation;
  if (isOfFormerValue) return twin;
  const held = twin.outcome;
  const isEqual =
    held !== undefined &&
    held.phase === outcome.phase &&
    held.generation === outcome.generation &&
    held.reason === outcome.reason &&
    held.message === outcome.message;
  return isEqual ? twin : { ...twin, outcome };
}

/** The fields that mean something: what else a sender nests in it is not kept. */
function outcomeOf({ phase, generation, reason, message, timestamp }: Outcome): Outcome {
  return {
    phase,
    ...(generation !== undefined && { generation }),
    ...(typeof reason === "string" && { reason: cut(reason) }),
    ...(typeof message === "string" && { message: cut(message) }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : text.slice(0, MAX_TEXT);
}

/** The sides that were sent, as they now stand (mqtt-topics §2.7). */
function answerOf(twin: PropertyTwin, sent: MsgTwin): MsgTwin {
  return {
    ...(sent.expected && twin.expected && { expected: twin.expected }),
    ...(sent.actual && twin.actual && { actual: twin.actual }),
    optional: twin.optional,
    metadata: { type: twin.type },
    ...(sent.outcome && twin.outcome && { outcome: twin.outcome }),
  };
}

function deleteProperty(before: PropertyTwin | undefined): Step | PropertyRefusal {
  if (before === undefined) return refusal(400, "the request body is wrong");
  if (!isLive(before)) return { answer: null };
  if (!before.optional) return refusal(400, "the property is not optional, it cannot be deleted");
  return { answer: null, after: tombstoneOf(before) };
}

function tombstoneOf({ optional, expectedVersion, actualVersion }: PropertyTwin): PropertyTwin {
  const next = (version: PropertyTwin["actualVersion"]) =>
    version && { cloud: version.cloud, edge: version.edge + 1 };
  return {
    optional,
    type: DELETED,
    ...(expectedVersion && { expectedVersion: next(expectedVersion) }),
    ...(actualVersion && { actualVersion: next(actualVersion) }),
  } as PropertyTwin;
}
