import type { DeviceLimits } from "@mapperkit/sdk";
import type { ModbusConfig } from "./modbus-config.ts";

const MOST = { bits: 2000, registers: 125 };
/** Reading so many unwanted registers costs less than another request. */
const DEFAULT_GAP = 8;

export function limitsOf(config: ModbusConfig): DeviceLimits {
  const bits = config.maxReadBits ?? MOST.bits;
  const registers = config.maxReadRegisters ?? MOST.registers;
  return {
    maxBlock: {
      ...{ coil: bits, discreteInput: bits },
      ...{ holdingRegister: registers, inputRegister: registers },
    },
    maxGap: config.maxGap ?? DEFAULT_GAP,
    oneRequestPerItem: config.oneRequestPerItem ?? false,
    neverRead: spansOf(config.neverRead),
    pauseBetweenMs: config.pauseBetweenMs ?? 0,
    maxInFlight: config.transport === "tcp" ? config.maxInFlight : 1,
  };
}

/** `100-119,300` */
function spansOf(text = ""): [number, number][] {
  if (text === "") return [];
  return text.split(",").map((part) => {
    const [first = "", last = first] = part.split("-");
    return [Number(first), Number(last)];
  });
}
