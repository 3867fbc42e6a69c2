import type { PropertyType } from "@mapperkit/api";
import type { PropertyValue } from "@mapperkit/sdk";
import type { SerialVisitor } from "../config/serial-visitor.ts";
import type { Message, Splitter } from "../framing/message.ts";
import { FrameDialect } from "./frame-dialect.ts";
import { LineDialect } from "./line-dialect.ts";

/** How requests and answers of one property look, whatever the framing. Pure. */
export interface Dialect {
  readonly query: Uint8Array | undefined;
  readonly confirm: Uint8Array | undefined;
  readonly canWrite: boolean;
  /** Equal where two properties hear the same messages. */
  readonly splitterKey: string;
  splitter(isMidway: boolean): Splitter;
  /** @throws MapperkitError `invalid_input` for a value that has no such form */
  command(value: PropertyValue): Uint8Array;
  /** True for what this property has nothing to do with: an echo, another device's frame. */
  isOthers(message: Message, request: Uint8Array): boolean;
  /**
   * The value in a message; undefined where the message holds none.
   * @throws MapperkitError `invalid_input` for bytes that are no such value
   */
  valueIn(message: Message, type: PropertyType): PropertyValue | undefined;
}

export function dialectOf(visitor: SerialVisitor): Dialect {
  return visitor.framing === "frame" ? new FrameDialect(visitor) : new LineDialect(visitor);
}
