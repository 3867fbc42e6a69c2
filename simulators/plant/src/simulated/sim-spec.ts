import type { PropertyDefinitions, ValueOf } from "@mapperkit/api";
import type { Random } from "@mapperkit/runtime";
import type { SimFault } from "../faults/sim-fault.ts";
import type { Panel } from "../wire/wire-protocol.ts";

export interface TickEnvironment {
  /** Seconds since the last tick. */
  readonly dt: number;
  /** ms since 1970, from the plant's clock. */
  readonly now: number;
  readonly random: Random;
}

/** What a device does that takes a write: nothing to say, or why it will not. */
// biome-ignore lint/suspicious/noConfusingVoidType: a write that only sets something returns nothing
export type WriteAnswer = void | undefined | "illegalValue" | "busy";

/** How a simulated device behaves. Properties named like a key of the state are that key. */
export interface SimSpec<P extends PropertyDefinitions, St> {
  /** The state after power on. */
  state(random: Random): St;
  /** Keys of the state that outlive a loss of power. */
  readonly retained?: readonly string[];
  /** How often `tick` is called. Default `100ms`. */
  readonly every?: string;
  /** What happens by itself. */
  tick?(state: St, environment: TickEnvironment): void;
  /** What a property shows, where that is not simply a key of the state. */
  readonly read?: { readonly [K in keyof P]?: (state: St) => ValueOf<P[K]> };
  /** What a write does. Without an entry the value becomes the state's key of that name. */
  readonly write?: { readonly [K in keyof P]?: (state: St, value: ValueOf<P[K]>) => WriteAnswer };
  /** For devices that speak in words of their own: the answer to a line, or undefined. */
  line?(state: St, line: string, panel: Panel): string | undefined;
  /** What goes wrong by itself, reckoned from the moment at which the plant is served. */
  readonly faults?: readonly SimFault[];
}

/** A spec whose types have been checked where it was written. */
// biome-ignore lint/suspicious/noExplicitAny: a plant runs specs of any model and state
export type AnySimSpec = SimSpec<any, any>;
