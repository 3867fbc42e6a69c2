import { defineModel, toDeviceModel } from "@mapperkit/api";
import { defineMapper } from "@mapperkit/sdk";
import type { WireProtocol } from "@mapperkit/sim-plant";
import type { describedDevice, SerialWire } from "@mapperkit/sim-serial";
import { z } from "zod";
import { serialConfig } from "../config/serial-config.ts";
import { serialDriver } from "../serial-driver.ts";

/** What tests take from the simulators. */
interface WireKit {
  readonly SerialWire: typeof SerialWire;
  readonly describedDevice: typeof describedDevice;
}

/** The mapper's own driver; a host and a port, by which a proof names its places, are a gateway to a line. */
export function provenMapper() {
  const config = z.preprocess((given) => {
    const { host, port, ...rest } = given as Record<string, unknown>;
    return { serialPort: `tcp://${host}:${port}`, ...rest };
  }, serialConfig);
  return defineMapper({ ...serialDriver(), config });
}

const words = {
  refusal: "^(error .*|busy|sensor fault|read only|illegal value|unknown command)$",
  acknowledge: "^OK$",
  timeoutMs: 300,
  lateAnswerMs: 100,
};

const asked = (name: string, pattern: string) => ({
  ...words,
  ...{ query: `${name}?`, pattern: `^${name}=(${pattern})$` },
});
const set = (name: string, pattern: string) => ({
  ...asked(name, pattern),
  command: `${name} {value}`,
});

/** A device with each kind of value that lines can show. */
export const bathModel = defineModel("bath-model", {
  temperature: { type: "float64", visitors: asked("TEMP", "[-+.\\dE]+") },
  setpoint: {
    ...{ type: "int16", accessMode: "ReadWrite", minimum: 5, maximum: 95 },
    visitors: set("SET", "-?\\d+"),
  },
  pump: { type: "boolean", accessMode: "ReadWrite", visitors: set("PUMP", "[01]") },
  cycles: { type: "int64", visitors: asked("CYCLES", "-?\\d+") },
});

/** Speaks as the model says, with the simulator's own reading of it. */
export function bathWire({ SerialWire, describedDevice }: WireKit) {
  return (): WireProtocol => {
    const wire = new SerialWire();
    const model = toDeviceModel(bathModel);
    wire.add(describedDevice(0, { configData: words, model, visitors: new Map() }));
    return wire;
  };
}
