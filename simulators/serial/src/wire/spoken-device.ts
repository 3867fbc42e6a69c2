import type { Panel, SimProperty, Spoiling, WireRequest } from "@mapperkit/sim-plant";
import type { DeviceWords, PropertyWords } from "../words/device-words.ts";

/** A device as its Device describes it. */
export interface DescribedDevice {
  /** Its number on the bus of the simulator; the wire knows only addresses. */
  readonly unit: number;
  readonly words: DeviceWords;
  readonly properties: readonly DescribedProperty[];
}

export interface DescribedProperty {
  readonly property: SimProperty;
  readonly words: PropertyWords;
}

/** What a device hears and says. */
export interface SpokenDevice {
  /** A decoder for one connection. */
  open(): (bytes: Uint8Array) => readonly WireRequest[];
  /** Undefined where its protocol has no such thing. */
  spoil(answer: Uint8Array, how: Spoiling): Uint8Array | undefined;
  readonly spoils: readonly Spoiling[];
}

/** Why a device will not, in its own words. */
export function refusalWords(refusal: ReturnType<Panel["write"]>): string {
  if (typeof refusal === "object") return `error ${refusal.code}`;
  const words = {
    busy: "busy",
    noSuchProperty: "unknown command",
    readOnly: "read only",
    illegalValue: "illegal value",
    badQuality: "sensor fault",
  };
  return refusal === undefined ? "error" : words[refusal];
}
