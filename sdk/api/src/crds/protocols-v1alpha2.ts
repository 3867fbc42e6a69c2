import { z } from "zod";
import { described, double, flag, freeMap, int64, text, textMap } from "./building-blocks.ts";

const BAUD_RATES = [
  115200, 57600, 38400, 19200, 9600, 4800, 2400, 1800, 1200, 600, 300, 200, 150, 134, 110, 75, 50,
];

function choice(values: readonly number[], description?: string) {
  return described(int64().meta({ enum: values }), description);
}

const common = z
  .object({
    com: z
      .object({
        serialPort: text("Device file, e.g. /dev/ttyS0.").optional(),
        baudRate: choice(BAUD_RATES).optional(),
        dataBits: choice([8, 7, 6, 5]).optional(),
        parity: z.enum(["none", "even", "odd"]).optional(),
        stopBits: choice([1, 2]).optional(),
      })
      .optional(),
    tcp: z.object({ ip: text().optional(), port: int64().optional() }).optional(),
    commType: text("Kind of the line, as the mapper names it.").optional(),
    reconnTimeout: int64().optional(),
    reconnRetryTimes: int64().optional(),
    collectTimeout: int64().optional(),
    collectRetryTimes: int64().optional(),
    collectType: z.enum(["sync", "async"]).optional(),
    customizedValues: freeMap("Further settings for the mapper.").optional(),
  })
  .meta({ description: "Settings that do not depend on the protocol." });

const customizedProtocol = z
  .object({
    protocolName: text("Name of the protocol, as the mapper declares it.").optional(),
    configData: freeMap("Settings in the protocol's own words.").optional(),
  })
  .meta({ description: "Any other protocol." });

export const deviceProtocol = z
  .object({
    opcua: z
      .object({
        url: text().optional(),
        userName: text().optional(),
        password: text().optional(),
        securityPolicy: text().optional(),
        securityMode: text().optional(),
        certificate: text().optional(),
        privateKey: text().optional(),
        timeout: int64().optional(),
      })
      .optional(),
    modbus: z.object({ slaveID: int64().min(0).max(255).optional() }).optional(),
    bluetooth: z.object({ macAddress: text().optional() }).optional(),
    common: common.optional(),
    customizedProtocol: customizedProtocol.optional(),
  })
  .meta({ description: "How the mapper reaches the device: one protocol, and common settings." });

const dataConverter = z.object({
  startIndex: int64().optional(),
  endIndex: int64().optional(),
  shiftLeft: int64().optional(),
  shiftRight: int64().optional(),
  orderOfOperations: z
    .array(
      z.object({
        operationType: z.enum(["Add", "Subtract", "Multiply", "Divide"]).optional(),
        operationValue: double().optional(),
      }),
    )
    .optional(),
});

/** One of these says where a protocol finds a property. */
export const visitorProtocols = {
  opcua: z.object({ nodeID: text().optional(), browseName: text().optional() }).optional(),
  modbus: z
    .object({
      register: z
        .enum(["CoilRegister", "DiscreteInputRegister", "InputRegister", "HoldingRegister"])
        .optional(),
      offset: int64().optional(),
      limit: int64("Number of registers.").optional(),
      scale: double("Factor of the value; absent means 1.").optional(),
      isSwap: flag("Whether the bytes of a register change places.").optional(),
      isRegisterSwap: flag("Whether the registers change places.").optional(),
    })
    .optional(),
  bluetooth: z
    .object({
      characteristicUUID: text().optional(),
      dataWrite: textMap("Bytes to write for each value, base64.").optional(),
      dataConverter: dataConverter.optional(),
    })
    .optional(),
  customizedProtocol: customizedProtocol.optional(),
};
