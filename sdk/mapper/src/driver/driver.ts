import type { Emit } from "../definition/mapper-base.ts";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { PropertyValue } from "../values/property-value.ts";

/** What an operation brought for one property: what the driver told, or what it threw. */
export type Answer = { readonly told: unknown } | { readonly error: unknown };

/** Properties of one unit that one operation reads. */
export interface ReadGroup {
  readonly unit: string;
  readonly properties: readonly PropertyPlan[];
  /** One answer for each property, in their order. Throws when the whole operation failed. */
  read(session: unknown, signal: AbortSignal): Promise<readonly Answer[]>;
}

/** A value for one property. */
export interface Order {
  readonly plan: PropertyPlan;
  readonly value: PropertyValue;
}

/** One device's mapper of any size, as the device session works it. */
export interface Driver {
  /** Undefined when nothing can be written. Errors stand at the place of their order. */
  readonly write:
    | ((
        session: unknown,
        orders: readonly Order[],
        signal: AbortSignal,
      ) => Promise<readonly (Error | undefined)[]>)
    | undefined;
  /** How many orders one write takes. */
  readonly maxOrders: number;
  /**
   * The operations that read these properties; the first properties come first. None of them
   * touches what is avoided, unless it is due itself.
   */
  groupReads(due: readonly PropertyPlan[], avoided?: readonly PropertyPlan[]): readonly ReadGroup[];
  /** Undefined when the device cannot tell by itself. */
  readonly subscribe:
    | ((
        session: unknown,
        properties: readonly PropertyPlan[],
        emit: Emit,
        signal: AbortSignal,
      ) => Promise<void>)
    | undefined;
}
