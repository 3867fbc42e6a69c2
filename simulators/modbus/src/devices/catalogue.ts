import type { Simulator } from "@mapperkit/sim-plant";
import { energyMeterSimulator } from "./energy-meter.ts";
import { ovenSimulator } from "./oven.ts";

/** The devices that come with this simulator. */
export const catalogue = {
  oven: ovenSimulator,
  meter: energyMeterSimulator,
} as const satisfies Readonly<Record<string, Simulator>>;

export type CatalogueDevice = keyof typeof catalogue;
export const catalogueDevices = Object.keys(catalogue) as CatalogueDevice[];
