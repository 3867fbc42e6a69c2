import type { ModelProperty } from "@mapperkit/api";
import { isOfBits, type Space } from "../pdu/spaces.ts";

type ConfigData = Readonly<Record<string, unknown>>;

/** The registers of KubeEdge v1alpha2's Modbus visitors. */
const SPACE_OF: Readonly<Record<string, Space>> = {
  CoilRegister: "coil",
  DiscreteInputRegister: "discreteInput",
  InputRegister: "inputRegister",
  HoldingRegister: "holdingRegister",
};
/** The form of a number by its registers. */
const WHOLE = { signed: ["int16", "int32", "int64"], unsigned: ["uint16", "uint32", "uint64"] };
const DEFAULT_LIMIT: Readonly<Record<string, number>> = { FLOAT: 2, DOUBLE: 4 };

/** Keys that meant something in that era; all else in such a visitor was for another mapper. */
const OWN_KEYS = new Set(["register", "offset", "limit", "scale", "isSwap", "isRegisterSwap"]);

/**
 * A visitor's configData in our names. Those of v1alpha2 (`register`, `offset`, `limit`, `scale`,
 * `isSwap`, `isRegisterSwap`) become `space`, `address`, `dataType`, `byteOrder`, as the KubeEdge
 * mappers of that era read them: `offset` is the address, whole numbers are unsigned unless the
 * model's minimum is negative, `isSwap` swaps the bytes of each register, `isRegisterSwap` the
 * registers. A number in our names that says no `dataType` is as wide as it was in that era.
 */
export function inOurNames(
  configData: ConfigData,
  model: ModelProperty | undefined,
  known: ReadonlySet<string>,
): ConfigData {
  const { register } = configData;
  if (register === undefined) return withDefaultType(configData, model);
  const space = SPACE_OF[String(register)];
  if (!space) {
    const expected = Object.keys(SPACE_OF).join(", ");
    return faulty(`register is ${JSON.stringify(register)}, must be one of ${expected}`);
  }
  const kept = Object.entries(configData).filter(([key]) => known.has(key) && !OWN_KEYS.has(key));
  const address = configData.address ?? configData.offset ?? 0;
  const common = { ...Object.fromEntries(kept), space, address };
  return isOfBits(space)
    ? { ...bitsOf(configData), ...common }
    : { ...registersOf(configData, model), ...common };
}

function withDefaultType(configData: ConfigData, model: ModelProperty | undefined): ConfigData {
  const { space, dataType, fields, bit } = configData;
  if (dataType !== undefined || fields !== undefined) return configData;
  if (space === "coil" || space === "discreteInput" || bit !== undefined) {
    return { ...configData, dataType: "boolean" };
  }
  const isWhole = model?.type === "INT";
  return isWhole ? { ...configData, dataType: wholeOf(1, model) } : configData;
}

function bitsOf(configData: ConfigData): ConfigData {
  const limit = Number(configData.limit ?? 1);
  return { dataType: "boolean", ...(limit > 1 && { arrayLength: limit }) };
}

function registersOf(configData: ConfigData, model: ModelProperty | undefined): ConfigData {
  const type = model?.type ?? "STRING";
  const limit = Number(configData.limit ?? DEFAULT_LIMIT[type] ?? 1);
  const order = byteOrderOf(configData);
  if (type === "STRING" || type === "BYTES") {
    return { dataType: type.toLowerCase(), byteLength: limit * 2, ...order };
  }
  if (type === "BOOLEAN") return { dataType: "boolean", ...order };
  const dataType = numberOf(type, limit, model);
  if (dataType === undefined) {
    return faulty(`limit is ${limit}, must be 1, 2 or 4 registers for the type ${type}`);
  }
  const scale = Number(configData.scale ?? 1);
  // A scale of 1, or none, keeps whole numbers exact.
  if (scale === 1 || scale === 0) return { dataType, ...order };
  return { dataType, scale, ...(type === "INT" && { precision: 0 }), ...order };
}

function numberOf(
  type: string,
  limit: number,
  model: ModelProperty | undefined,
): string | undefined {
  if (type === "INT" || limit === 1) return wholeOf(limit, model);
  return limit === 2 ? "float32" : limit === 4 ? "float64" : undefined;
}

function wholeOf(limit: number, model: ModelProperty | undefined): string | undefined {
  const kind = Number(model?.minimum ?? 0) < 0 ? WHOLE.signed : WHOLE.unsigned;
  return kind[[1, 2, 4].indexOf(limit)];
}

function byteOrderOf({ isSwap, isRegisterSwap }: ConfigData): ConfigData {
  const [bytes, registers] = [isTrue(isSwap), isTrue(isRegisterSwap)];
  if (bytes) return { byteOrder: registers ? "DCBA" : "BADC" };
  return registers ? { byteOrder: "CDAB" } : {};
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

/** Refuses the property with this reason, when it is placed. */
function faulty(fault: string): ConfigData {
  return { space: "holdingRegister", address: 0, dataType: "uint16", fault };
}
