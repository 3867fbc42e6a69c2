import { formatDecoded, parseDecoded, sliceBlock } from "../codec/index.ts";
import type { AnyBlockMapper } from "../definition/any-mapper.ts";
import type { Block } from "../definition/block-mapper.ts";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import {
  type AddressSpan,
  type BlockLimits,
  type BlockPlan,
  type BlockRequest,
  neverReadOf,
  planBlocks,
  replanBlocks,
} from "../planner/index.ts";
import { formatValue } from "../values/property-value.ts";
import type { Answer, Driver, Order, ReadGroup } from "./driver.ts";
import { subscriber } from "./subscriber.ts";

interface Planned {
  readonly properties: readonly PropertyPlan[];
  readonly plan: BlockPlan;
  readonly groups: readonly ReadGroup[];
}

/** Sets of properties that were due together and whose requests are remembered. */
const MAX_REMEMBERED = 64;

/** As few operations as the device's limits allow: one for each block that the planner makes. */
export function createBlockDriver(mapper: AnyBlockMapper, config: unknown): Driver {
  const planner = new BlockReads(mapper, config);
  const { writeBlock } = mapper;
  return {
    groupReads: (due, avoided) => planner.groupReads(due, avoided),
    maxOrders: 1,
    write:
      writeBlock &&
      (async (session, orders, signal) => {
        for (const order of orders) await writeOne(mapper, session, order, signal);
        return [];
      }),
    subscribe: subscriber(mapper),
  };
}

/** What fills only a part of its addresses is read first; the bus is this write's meanwhile. */
async function writeOne(
  mapper: AnyBlockMapper,
  session: unknown,
  { plan, value }: Order,
  signal: AbortSignal,
): Promise<void> {
  if (!plan.place) return;
  const { codec, unit, space, start, length } = plan.place;
  const block = { unit, space, start, length };
  const wanted = parseDecoded(plan.definition, formatValue(value));
  const current = codec.needsCurrent ? await mapper.readBlock(session, block, signal) : undefined;
  const data = codec.encode(wanted, current);
  await mapper.writeBlock?.(session, { ...block, data }, signal);
}

/** Plans the reads of each set of properties that is due together once. */
class BlockReads {
  readonly #mapper: AnyBlockMapper;
  readonly #config: unknown;
  readonly #planned = new Map<string, Planned>();
  /** Who asks for the same list again need not have it compared. */
  #lastDue: readonly PropertyPlan[] = [];
  #lastGroups: readonly ReadGroup[] = [];
  #parted:
    | {
        readonly all: readonly PropertyPlan[];
        readonly count: number;
        readonly groups: readonly ReadGroup[];
      }
    | undefined;

  constructor(mapper: AnyBlockMapper, config: unknown) {
    this.#mapper = mapper;
    this.#config = config;
  }

  groupReads(
    due: readonly PropertyPlan[],
    avoided: readonly PropertyPlan[] = [],
  ): readonly ReadGroup[] {
    if (avoided.length > 0) return this.#around(due, avoided);
    if (due === this.#lastDue) return this.#lastGroups;
    this.#lastGroups = this.#groupsOf(due);
    this.#lastDue = due;
    return this.#lastGroups;
  }

  #groupsOf(due: readonly PropertyPlan[]): readonly ReadGroup[] {
    const properties = due.toSorted(byPlace);
    const key = properties.map(({ name }) => name).join("\n");
    const known = this.#planned.get(key);
    if (known?.properties.every((plan, i) => plan === properties[i])) return known.groups;
    const fresh = this.#plan(properties, known);
    if (this.#planned.size >= MAX_REMEMBERED) this.#planned.clear();
    this.#planned.set(key, fresh);
    return fresh.groups;
  }

  /** While a device refuses some addresses: planned anew when others are refused, or due. */
  #around(due: readonly PropertyPlan[], avoided: readonly PropertyPlan[]): readonly ReadGroup[] {
    const properties = due.toSorted(byPlace);
    const all = [...properties, ...avoided];
    const known = this.#parted;
    const isKnown =
      known?.all.length === all.length &&
      known.count === due.length &&
      all.every((plan, i) => plan === known.all[i]);
    if (isKnown) return known.groups;
    const own = this.#mapper.limits(this.#config);
    const limits = { ...own, neverRead: aroundOf(own, properties, avoided) };
    const plan = planBlocks(wantedOf(properties), limits);
    const byName = new Map(properties.map((property) => [property.name, property]));
    const groups = plan.requests.map((request) => this.#groupOf(request, byName));
    this.#parted = { all, count: due.length, groups };
    return groups;
  }

  /** After an edit, the requests that it does not touch stay as they were. */
  #plan(properties: readonly PropertyPlan[], before: Planned | undefined): Planned {
    const limits = this.#mapper.limits(this.#config);
    const wanted = wantedOf(properties);
    const plan = before
      ? replanBlocks({ wanted: wantedOf(before.properties), plan: before.plan }, wanted, limits)
      : planBlocks(wanted, limits);
    const byName = new Map(properties.map((property) => [property.name, property]));
    const groups = plan.requests.map((request) => this.#groupOf(request, byName));
    return { properties, plan, groups };
  }

  #groupOf(request: BlockRequest, byName: ReadonlyMap<string, PropertyPlan>): ReadGroup {
    const { unit, space, start, length } = request;
    const block = { unit, space, start, length };
    const properties = request.properties.flatMap((name) => byName.get(name) ?? []);
    const decode = createBlockDecoder(properties, block);
    return {
      unit: String(unit),
      properties,
      read: async (session, signal) => decode(await this.#mapper.readBlock(session, block, signal)),
    };
  }
}

/** Decodes blocks of one request. What did not change since the last one is not decoded again. */
function createBlockDecoder(
  properties: readonly PropertyPlan[],
  block: Block,
): (bytes: Uint8Array) => readonly Answer[] {
  let last: Uint8Array = new Uint8Array();
  let answers: readonly Answer[] = [];
  return (bytes) => {
    if (answers.length > 0 && isEqual(last, bytes)) return answers;
    // A driver may use its buffer again.
    const own = Uint8Array.from(bytes);
    answers = properties.map((property, i) => {
      const known = answers[i];
      const isSame = known && isUnchanged(property, block, last, own);
      return isSame ? known : answerOf(property, own, block);
    });
    last = own;
    return answers;
  };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function isUnchanged(
  { place }: PropertyPlan,
  block: Block,
  before: Uint8Array,
  now: Uint8Array,
): boolean {
  if (!place || before.length !== now.length) return false;
  const from = Math.floor(((place.start - block.start) * place.addressBits) / 8);
  const end = Math.ceil(((place.start - block.start + place.length) * place.addressBits) / 8);
  for (let i = from; i < end; i++) if (before[i] !== now[i]) return false;
  return end <= now.length;
}

function answerOf({ place }: PropertyPlan, bytes: Uint8Array, block: Block): Answer {
  try {
    if (!place) return { error: new Error("no address") };
    const own = sliceBlock(bytes, block, place, place.addressBits);
    const { value, quality, reason } = place.codec.decode(own);
    if (quality === "Bad") return { told: { quality, reason } };
    return { told: { value: formatDecoded(value), quality, reason } };
  } catch (error) {
    return { error };
  }
}

/** The addresses that are never read, by space, with those of the properties to avoid. */
function aroundOf(
  limits: BlockLimits,
  properties: readonly PropertyPlan[],
  avoided: readonly PropertyPlan[],
): Readonly<Record<string, readonly AddressSpan[]>> {
  const spaces = new Set(properties.flatMap(({ place }) => place?.space ?? []));
  const entries = [...spaces].map((space) => {
    const spans = avoided.flatMap((plan): AddressSpan[] => {
      const { place } = plan;
      // What lies under a wanted property is read with it, or not at all.
      if (place?.space !== space || properties.some((one) => isOver(one, plan))) return [];
      return [[place.start, place.start + place.length - 1]];
    });
    return [space, [...neverReadOf(limits, space), ...spans]] as const;
  });
  return Object.fromEntries(entries);
}

function isOver({ place: a }: PropertyPlan, { place: b }: PropertyPlan): boolean {
  if (!a || !b || a.space !== b.space) return false;
  return a.start < b.start + b.length && b.start < a.start + a.length;
}

function wantedOf(properties: readonly PropertyPlan[]) {
  return properties.flatMap(({ name: property, place }) => {
    if (!place) return [];
    const { unit, space, start, length } = place;
    return [{ property, unit, space, start, length }];
  });
}

function byPlace(a: PropertyPlan, b: PropertyPlan): number {
  const order = (a.place?.start ?? 0) - (b.place?.start ?? 0);
  return order || (a.name < b.name ? -1 : 1);
}
