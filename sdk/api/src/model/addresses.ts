import type { DataType } from "./data-type.ts";
import type { PropertyDefinition } from "./model-definition.ts";

/** The four spaces of the Modbus Application Protocol; other protocols may name their own. */
export type Space = "coil" | "discreteInput" | "inputRegister" | "holdingRegister";

type Options = Omit<PropertyDefinition, "type" | "visitors" | "accessMode">;
type None = Readonly<Record<never, never>>;

/** An alias, since an interface would be no record of scalars to the compiler. */
type At<S extends Space> = { readonly space: S; readonly address: number };

/** A value in input registers from `address` (0-based): ReadOnly. */
export function input<const T extends DataType, const O extends Options = None>(
  address: number,
  type: T,
  options?: O,
): { type: T; accessMode: "ReadOnly"; visitors: At<"inputRegister"> } & O {
  const own = { type, accessMode: "ReadOnly", visitors: at("inputRegister", address) } as const;
  return { ...(options as O), ...own };
}

/** A value in holding registers from `address` (0-based): ReadWrite. */
export function holding<const T extends DataType, const O extends Options = None>(
  address: number,
  type: T,
  options?: O,
): { type: T; accessMode: "ReadWrite"; visitors: At<"holdingRegister"> } & O {
  const own = { type, accessMode: "ReadWrite", visitors: at("holdingRegister", address) } as const;
  return { ...(options as O), ...own };
}

/** A coil (0-based): a boolean that can be written. */
export function coil(address: number): {
  type: "boolean";
  accessMode: "ReadWrite";
  visitors: At<"coil">;
} {
  return { type: "boolean", accessMode: "ReadWrite", visitors: at("coil", address) };
}

/** A discrete input (0-based): a boolean that can only be read. */
export function discreteInput(address: number): {
  type: "boolean";
  accessMode: "ReadOnly";
  visitors: At<"discreteInput">;
} {
  return { type: "boolean", accessMode: "ReadOnly", visitors: at("discreteInput", address) };
}

function at<S extends Space>(space: S, address: number): At<S> {
  return { space, address };
}
