import { type DeviceAnnouncement, deviceIdOf } from "@mapperkit/api";
import {
  defineMapper,
  type Mapper,
  openDevice,
  type RunningMapper,
  type RunOptions,
  type SimpleMapper,
} from "@mapperkit/sdk";
import { DeviceBook } from "./plant/device-book.ts";
import { VirtualSession } from "./plant/virtual-session.ts";
import { type VirtualConfig, virtualConfig } from "./virtual-config.ts";

/** Plans without a run: what no session needs. */
const unopened = defineMapper(virtualDriver(new DeviceBook()));

/**
 * Devices that exist only here: each Device of protocol `virtual` is a plausible plant of its model.
 * No hardware, no far side, no visitors.
 */
export const virtualMapper: Mapper = {
  ...unopened,
  run: async (options) => await (await start(options)).ended,
  start,
  open: (model, device, options) =>
    openDevice({ definition: unopened.definition, start }, model, device, options),
};

function virtualDriver(book: DeviceBook): SimpleMapper<VirtualConfig, unknown, VirtualSession> {
  return {
    protocol: "virtual",
    config: virtualConfig,
    normalise(announcement) {
      book.note(announcement);
      return identified(announcement);
    },
    endpoint: ({ identity }) => identity,
    connect: (context) => VirtualSession.open(context, book),
    close: (session) => session.close(),
    read: async (session, { property }) => session.read(property),
    write: (session, { property, value }) => session.write(property, value),
  };
}

/** Each run has its own plants. */
function start(options: RunOptions): Promise<RunningMapper> {
  return defineMapper(virtualDriver(new DeviceBook())).start(options);
}

/** No two devices share a plant, and one with another model is another device. */
function identified(announcement: DeviceAnnouncement): DeviceAnnouncement {
  const { device, model } = announcement;
  const { protocol } = device.spec ?? {};
  const shape = model?.spec?.properties?.map(({ name, type, unit, minimum, maximum, accessMode }) =>
    [name, type, unit, minimum, maximum, accessMode].join(" "),
  );
  const identity = [deviceIdOf(device.metadata), ...(shape ?? [])].join("\n");
  const configData = { ...protocol?.configData, identity };
  return {
    ...announcement,
    device: { ...device, spec: { ...device.spec, protocol: { ...protocol, configData } } },
  };
}
