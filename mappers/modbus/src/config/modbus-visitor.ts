import type { Address } from "@mapperkit/sdk";
import { z } from "zod";
import { spaces } from "../pdu/spaces.ts";
import type { ModbusConfig } from "./modbus-config.ts";

/** Where a property lives. Schema of its `visitors.configData`, beside the keys of all protocols. */
export const modbusVisitor = z.object({
  space: z.enum(spaces),
  /** From 0, or from 1 where the device's `addressBase` is 1. */
  address: z.coerce.number().int().min(0).max(65_536),
  /** Another unit than the device's. */
  unitId: z.coerce.number().int().min(1).max(255).optional(),
  /** Writes go to all units of the line; needs `writeOnly: true`. */
  broadcast: z.preprocess((value) => (value === "true" ? true : value), z.boolean()).optional(),
  /** Why a visitor of the older era means nothing. */
  fault: z.string().optional(),
});
export type ModbusVisitor = z.infer<typeof modbusVisitor>;

/** The unit to which a broadcast goes. */
export const ALL_UNITS = 0;

/** @throws Error that says why there is no such address */
export function addressOf(visitor: ModbusVisitor, config: ModbusConfig): Address {
  const { space, address, broadcast = false, fault } = visitor;
  if (fault !== undefined) throw new Error(fault);
  const start = address - config.addressBase;
  if (start < 0 || start > 65_535) {
    const least = config.addressBase;
    throw new Error(`address is ${address}, must be ${least} to ${65_535 + least}`);
  }
  const isReadOnlySpace = space === "discreteInput" || space === "inputRegister";
  if (broadcast && isReadOnlySpace) throw new Error(`space is ${space}, which cannot be written`);
  const unit = broadcast ? ALL_UNITS : (visitor.unitId ?? config.unitId);
  return { unit, space, start };
}
