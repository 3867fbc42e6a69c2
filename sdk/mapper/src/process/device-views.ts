import type { DeviceFault, DeviceId } from "@mapperkit/api";
import type { PlanFault } from "../device-plan/property-plan.ts";
import type { DeviceState } from "../twin-link/twin-link.ts";
import type { Sample } from "../values/sample.ts";

/** What a mapper knows of one property. */
export interface PropertyView {
  readonly device: DeviceId;
  readonly property: string;
  /** Absent until it was read. */
  readonly sample: Sample<string> | undefined;
  readonly desired: { readonly value: string; readonly generation: number | undefined } | undefined;
  /** Why the model forbids a desired value; undefined when it does not. */
  checkDesired(value: string): Pick<DeviceFault, "reason" | "message"> | undefined;
}

export interface DeviceView {
  readonly id: DeviceId;
  readonly state: DeviceState | undefined;
  /** Some of its units answer, some do not. */
  readonly isDegraded: boolean;
  /** What of it cannot be worked. */
  readonly faults: readonly PlanFault[];
  readonly properties: readonly PropertyView[];
}

/** A mapper's devices, for those who look from outside. */
export interface DeviceViews {
  readonly isLinkUp: boolean;
  devices(): readonly DeviceView[];
  property(device: DeviceId, property: string): PropertyView | undefined;
  /**
   * Asks the twin for a desired value, as an edit made at the edge.
   * @throws MapperkitError `unreachable`, `timed_out`, or `rejected` with the edge's reason
   */
  setDesired(device: DeviceId, property: string, value: string): Promise<void>;
}
