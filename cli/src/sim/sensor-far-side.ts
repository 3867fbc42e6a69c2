import { createRandom } from "@mapperkit/runtime";
import type { FarSide, FarSideProtocol } from "@mapperkit/sim-plant";
import { createSensor } from "@mapperkit/sim-sensor";

const USUAL_PORT = 9600;

/** The virtual sensor of each Device: one kind of device, whatever its model says. */
export const sensorFarSide: FarSideProtocol = {
  async serve(devices, { clock, log, seed, whenPortTaken }) {
    const sensors: ReturnType<typeof createSensor>[] = [];
    const places: { address: string; devices: string[] }[] = [];
    const moved = new Map<string, { port: number }>();
    const stop = async () => {
      for (const sensor of sensors.splice(0)) await sensor.stop();
    };
    try {
      for (const { id, device } of devices) {
        const { host = "127.0.0.1", port: asked = USUAL_PORT } =
          device.spec?.protocol?.configData ?? {};
        const port = Number(asked);
        const random = createRandom(`${seed} ${id}`);
        const sensor = createSensor(
          { host: String(host), port, whenPortTaken },
          { clock, log, random },
        );
        sensors.push(sensor);
        await sensor.start(new AbortController().signal);
        places.push({ address: `tcp://${host}:${sensor.port}`, devices: [id] });
        if (sensor.port !== port) moved.set(id, { port: sensor.port });
      }
    } catch (error) {
      await stop();
      throw error;
    }
    const farSide: FarSide = { places, moved, plants: new Map(), [Symbol.asyncDispose]: stop };
    return farSide;
  },
  multiply({ device }, number) {
    return { port: Number(device.spec?.protocol?.configData?.port ?? USUAL_PORT) + number };
  },
};
