import type { DeviceFault } from "../device/device-fault.ts";
import { describeValue } from "../errors.ts";
import { dataTypes, isDataType, isNumericType } from "./data-type.ts";
import { parseDuration } from "./duration.ts";
import type { ModelDefinition, PropertyDefinition } from "./model-definition.ts";
import { findOverlaps } from "./overlaps.ts";
import { byteLengthOf } from "./property-extent.ts";

/**
 * All that is wrong with a definition, empty when nothing is. Fields are paths in the DeviceModel
 * (`properties[level].scale`); reasons are fit for a condition.
 */
export function findDefinitionFaults(definition: ModelDefinition): DeviceFault[] {
  const properties = Object.entries(definition.properties);
  const own = properties.flatMap(([name, property]) => findPropertyFaults(name, property));
  return own.length > 0 ? own : findOverlaps(properties);
}

/** What is wrong with one property by itself. Total, also for what came past the compiler. */
export function findPropertyFaults(name: string, property: PropertyDefinition): DeviceFault[] {
  if (!isDataType(property.type)) {
    const what = `is ${describeValue(property.type)}, must be one of ${dataTypes.join(", ")}`;
    return [faultOf(name, "type", "UnknownType", what)];
  }
  const say: Say = (field, reason, what) => faultOf(name, field, reason, what);
  return [
    ...findBoundFaults(property, say),
    ...findScalingFaults(property, say),
    ...findBitFaults(property, say),
    ...findExtentFaults(property, say),
    ...findStructFaults(property, say),
    ...findRuleFaults(property, say),
  ];
}

type Say = (field: keyof PropertyDefinition | string, reason: string, what: string) => DeviceFault;

function faultOf(property: string, part: string, reason: string, what: string): DeviceFault {
  const field = `properties[${property}].${part}`;
  return { field, property, reason, message: `${field} ${what}` };
}

function findBoundFaults(property: PropertyDefinition, say: Say): DeviceFault[] {
  const { type, minimum, maximum } = property;
  const faults: DeviceFault[] = [];
  for (const [field, bound] of [
    ["minimum", minimum],
    ["maximum", maximum],
  ] as const) {
    if (bound === undefined) continue;
    if (Number.isNaN(Number(bound)) || !Number.isFinite(Number(bound))) {
      faults.push(say(field, "InvalidBound", `is ${bound}, must be a decimal number`));
    } else if (!isNumericType(type)) {
      faults.push(say(field, "InvalidBound", `is ${bound}, but the type ${type} has no bounds`));
    }
  }
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    faults.push(
      say("minimum", "InvalidBound", `is ${minimum}, must be ${maximum} or less (maximum)`),
    );
  }
  return faults;
}

function findScalingFaults(property: PropertyDefinition, say: Say): DeviceFault[] {
  const { type, scale, offset, invalid, byteOrder, fields } = property;
  const faults: DeviceFault[] = [];
  if (scale === 0) faults.push(say("scale", "InvalidScale", "is 0, must be another number"));
  for (const [field, value] of [
    ["scale", scale],
    ["offset", offset],
  ] as const) {
    if (value === undefined) continue;
    if (!Number.isFinite(value)) {
      faults.push(say(field, "InvalidScale", `is ${value}, must be a finite number`));
    } else if (!isNumericType(type)) {
      faults.push(say(field, "InvalidScale", `is ${value}, but the type ${type} is no number`));
    }
  }
  if (invalid !== undefined && !isNumericType(type)) {
    faults.push(say("invalid", "InvalidSentinel", `is "${invalid}", but ${type} is no number`));
  } else if (invalid !== undefined) {
    const wrong = invalid.split(",").find((word) => !SENTINEL.test(word.trim()));
    if (wrong !== undefined) {
      const what = `has "${wrong.trim()}", must be a list such as 0x7fff,-1,NaN`;
      faults.push(say("invalid", "InvalidSentinel", what));
    }
  }
  if (byteOrder !== undefined && !/^(ABCD|DCBA|BADC|CDAB)$/.test(byteOrder)) {
    const what = `is ${describeValue(byteOrder)}, must be one of ABCD, DCBA, BADC, CDAB`;
    faults.push(say("byteOrder", "InvalidByteOrder", what));
  }
  if (fields && (scale !== undefined || offset !== undefined)) {
    faults.push(say("scale", "InvalidScale", "does not apply to a struct"));
  }
  return faults;
}

const SENTINEL = /^(0x[\da-f]{1,16}|NaN|[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)$/i;

function findBitFaults({ type, bit, arrayLength }: PropertyDefinition, say: Say): DeviceFault[] {
  if (bit === undefined) return [];
  if (!Number.isInteger(bit) || bit < 0 || bit > 15) {
    return [say("bit", "InvalidBit", `is ${bit}, must be 0 to 15 (a register has 16 bits)`)];
  }
  if (type !== "boolean") {
    return [say("bit", "InvalidBit", `is ${bit}, but only a boolean has a bit, not ${type}`)];
  }
  if (arrayLength === undefined) return [];
  return [say("bit", "InvalidBit", `is ${bit}, but an array of booleans fills whole registers`)];
}

function findExtentFaults(property: PropertyDefinition, say: Say): DeviceFault[] {
  const { type, arrayLength, byteLength, fields } = property;
  const faults: DeviceFault[] = [];
  for (const [field, value] of [
    ["arrayLength", arrayLength],
    ["byteLength", byteLength],
  ] as const) {
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      faults.push(say(field, "InvalidLength", `is ${value}, must be a whole number of 1 or more`));
    }
  }
  const isFixed = isNumericType(type) || type === "boolean";
  if (byteLength !== undefined && isFixed) {
    const bytes = byteLengthOf({ type });
    const what = `is ${byteLength}, but the type ${type} has ${bytes} bytes by itself`;
    faults.push(say("byteLength", "InvalidLength", what));
  } else if (byteLength === undefined && !isFixed && !fields && property.visitors?.space) {
    faults.push(say("byteLength", "InvalidLength", `is missing, must be the bytes of the ${type}`));
  }
  return faults;
}

function findStructFaults(property: PropertyDefinition, say: Say): DeviceFault[] {
  const { type, fields, byteLength, arrayLength } = property;
  if (!fields) return [];
  const faults: DeviceFault[] = [];
  if (type !== "bytes") {
    faults.push(say("type", "InvalidStruct", `is ${type}, must be bytes where there are fields`));
  }
  if (arrayLength !== undefined) {
    faults.push(say("arrayLength", "InvalidStruct", "does not apply to a struct"));
  }
  if (Object.keys(fields).length === 0) {
    faults.push(say("fields", "InvalidStruct", "is empty, must name one field or more"));
  }
  for (const [key, { type: fieldType, offset }] of Object.entries(fields)) {
    const at = `fields[${key}]`;
    if (/[:@,]/.test(key) || key === "") {
      faults.push(say(at, "InvalidStruct", "has a name that holds one of : @ , or nothing"));
    }
    if (!isNumericType(fieldType) && fieldType !== "boolean") {
      const what = `is ${describeValue(fieldType)}, must be boolean or a number's type`;
      faults.push(say(`${at}.type`, "UnknownType", what));
    } else if (!Number.isInteger(offset) || offset < 0 || offset > 65_535) {
      faults.push(say(`${at}.offset`, "InvalidStruct", `is ${offset}, must be 0 to 65535 bytes`));
    } else if (
      byteLength !== undefined &&
      offset + byteLengthOf({ type: fieldType }) > byteLength
    ) {
      const what = `is ${offset}, so that the field ends behind the ${byteLength} bytes (byteLength)`;
      faults.push(say(`${at}.offset`, "InvalidStruct", what));
    }
  }
  return faults;
}

function findRuleFaults(property: PropertyDefinition, say: Say): DeviceFault[] {
  const { type, deadband, heartbeat, verify, accessMode, minimum, maximum, precision } = property;
  const faults: DeviceFault[] = [];
  if (accessMode !== undefined && !/^(ReadOnly|ReadWrite|WriteOnly)$/.test(accessMode)) {
    const what = `is ${describeValue(accessMode)}, must be ReadOnly, ReadWrite or WriteOnly`;
    faults.push(say("accessMode", "InvalidAccessMode", what));
  }
  if (
    precision !== undefined &&
    !(Number.isInteger(precision) && precision >= 0 && precision < 16)
  ) {
    faults.push(say("precision", "InvalidPrecision", `is ${precision}, must be 0 to 15 decimals`));
  }
  for (const [key, value] of Object.entries(deadband ?? {})) {
    if (!Number.isFinite(value) || value < 0) {
      faults.push(say(`deadband.${key}`, "InvalidDeadband", `is ${value}, must be 0 or more`));
    } else if (!isNumericType(type)) {
      faults.push(
        say(`deadband.${key}`, "InvalidDeadband", `is ${value}, but ${type} is no number`),
      );
    }
  }
  if (deadband?.percent !== undefined && (minimum === undefined || maximum === undefined)) {
    const what = `is ${deadband.percent}, but its range is unknown: minimum and maximum must be set`;
    faults.push(say("deadband.percent", "InvalidDeadband", what));
  }
  faults.push(...findDurationFaults("heartbeat", heartbeat, say));
  if (typeof verify !== "object") return faults;
  faults.push(...findDurationFaults("verify.within", verify.within, say));
  const { tolerance } = verify;
  if (tolerance !== undefined && !(Number.isFinite(tolerance) && tolerance >= 0)) {
    faults.push(say("verify.tolerance", "InvalidVerify", `is ${tolerance}, must be 0 or more`));
  }
  return faults;
}

function findDurationFaults(field: string, text: string | undefined, say: Say): DeviceFault[] {
  if (text === undefined) return [];
  try {
    parseDuration(text);
    return [];
  } catch {
    const what = `is ${describeValue(text)}, must be a number with ms, s, m or h, such as 2s`;
    return [say(field, "InvalidDuration", what)];
  }
}
