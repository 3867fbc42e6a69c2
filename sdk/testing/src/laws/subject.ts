import {
  type Device,
  type DeviceModel,
  MapperkitError,
  type ModelDefinition,
  type PropertyDefinitions,
} from "@mapperkit/api";
import type { Random } from "@mapperkit/runtime";
import type { Mapper } from "@mapperkit/sdk";
import {
  type SimProperty,
  type Simulator,
  simPropertiesOf,
  type WireProtocol,
} from "@mapperkit/sim-plant";
import { drawValue, simplerValues } from "./property-values.ts";

/** What a mapper is proved with: a device that it can work, and a plant that plays it. */
export interface SubjectOptions<P extends PropertyDefinitions = PropertyDefinitions> {
  /** In TypeScript, or a v1beta1 manifest. */
  readonly model: ModelDefinition<P> | DeviceModel;
  /** A v1beta1 manifest. Default: a device of the mapper's protocol with all of the model. */
  readonly device?: Device;
  readonly sim: Simulator;
  /** The protocol of the plant. Default: lines. */
  readonly wire?: (properties: readonly SimProperty[]) => WireProtocol;
  /** What the device's configData lacks, as for run(). */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The key of configData that names a unit on a shared bus; without one there are no units. */
  readonly unitKey?: string;
  /** Values to write and show, where not every value of the type is one: `{ mode: ["ECO", "MAX"] }`. */
  readonly values?: { readonly [K in keyof P]?: readonly unknown[] };
  /** Values to show, where they are others than those to write: `{ status: ["0", "42"] }`. */
  readonly shown?: { readonly [K in keyof P]?: readonly unknown[] };
  /** Properties whose write is a command: what they show is something else. */
  readonly commands?: readonly (keyof P & string)[];
}

/** A mapper and everything needed to prove it. */
export class Subject {
  readonly mapper: Mapper;
  readonly options: SubjectOptions;
  readonly properties: readonly SimProperty[];

  constructor(mapper: Mapper, options: SubjectOptions) {
    this.mapper = mapper;
    this.options = options;
    // Lines have no words for structs; a wire of one's own may.
    this.properties = simPropertiesOf(options.model).filter(
      ({ kind }) => kind !== "struct" || options.wire !== undefined,
    );
    if (this.properties.length > 0) return;
    throw new MapperkitError("invalid_input", "model has no property that can be proved");
  }

  /** Properties that can be written and then show what was written. */
  get settable(): readonly SimProperty[] {
    return this.writable.filter(({ name }) => !this.isCommand(name));
  }

  get writable(): readonly SimProperty[] {
    return this.properties.filter(({ isWritable }) => isWritable);
  }

  get readable(): readonly SimProperty[] {
    return this.properties.filter(({ definition }) => definition.accessMode !== "WriteOnly");
  }

  isCommand(name: string): boolean {
    return this.options.commands?.includes(name) ?? false;
  }

  /** A value to write. */
  draw(property: SimProperty, random: Random): unknown {
    const given = this.options.values?.[property.name];
    return given?.length ? pick(given, random) : drawValue(property, random);
  }

  /** A value that the device shows by itself. */
  drawShown(property: SimProperty, random: Random): unknown {
    const given = this.options.shown?.[property.name];
    return given?.length ? pick(given, random) : this.draw(property, random);
  }

  simpler(property: SimProperty, value: unknown): unknown[] {
    const { values, shown } = this.options;
    const lists = [values?.[property.name], shown?.[property.name]];
    const given = lists.find((list) => list?.includes(value));
    if (given) return given.slice(0, given.indexOf(value));
    return lists.some((list) => list?.length) ? [] : simplerValues(property, value);
  }

  property(name: string): SimProperty {
    const found = this.properties.find((property) => property.name === name);
    if (found) return found;
    throw new MapperkitError("not_found", `model has no property ${name}`);
  }
}

/** One of several, by chance. */
export function pick<T>(from: readonly T[], random: Random): T {
  const picked = from[random.int(0, from.length - 1)];
  if (picked !== undefined) return picked;
  throw new MapperkitError("internal", "picked from nothing");
}
