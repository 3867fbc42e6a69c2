import { type DeviceAnnouncement, deviceIdOf } from "@mapperkit/api";
import { createLog, RealClock, systemRandom } from "@mapperkit/runtime";
import {
  defineMapper,
  type Mapper,
  MqttTwinLink,
  type RunningMapper,
  type RunOptions,
  type SimpleMapper,
  type TwinLink,
} from "@mapperkit/sdk";
import { translatedLink } from "./announced/translated-link.ts";
import { DeviceBook } from "./plant/device-book.ts";
import { VirtualSession } from "./plant/virtual-session.ts";
import { type VirtualConfig, virtualConfig } from "./virtual-config.ts";

const NAME = "virtual";

/** Plans without a run: what no session needs. */
const unopened = defineMapper(virtualDriver(new DeviceBook()));

/**
 * Devices that exist only here: each Device of protocol `virtual` is a plausible plant of its model.
 * No hardware, no far side, no visitors.
 */
export const virtualMapper: Mapper = {
  ...unopened,
  plan: (announcement, config) => unopened.plan(identified(announcement), config),
  run: async (options) => await (await start(options)).ended,
  start,
};

function virtualDriver(book: DeviceBook): SimpleMapper<VirtualConfig, unknown, VirtualSession> {
  return {
    protocol: NAME,
    config: virtualConfig,
    endpoint: ({ identity }) => identity,
    connect: (context) => VirtualSession.open(context, book),
    close: (session) => session.close(),
    read: async (session, { property }) => session.read(property),
    write: (session, { property, value }) => session.write(property, value),
  };
}

function start(options: RunOptions): Promise<RunningMapper> {
  const clock = options.clock ?? new RealClock();
  const random = options.random ?? systemRandom();
  const log = options.log ?? createLog({ name: NAME });
  const book = new DeviceBook();
  const inner = defineMapper(virtualDriver(book));
  const ports = { ...options, clock, random, log };
  const link = linkOf(ports);
  // What is no link is refused by the SDK, in its words.
  if (!link) return inner.start(ports);
  const translate = (announcement: DeviceAnnouncement) => {
    if (announcement.device.spec?.protocol?.protocolName !== NAME) return announcement;
    book.note(announcement);
    return identified(announcement);
  };
  return inner.start({ ...ports, link: translatedLink(link, translate) });
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

/** Undefined for what is no link. */
function linkOf({
  link,
  node,
  clock,
  random,
  log,
}: RunOptions & Required<Pick<RunOptions, "clock" | "random" | "log">>): TwinLink | undefined {
  if (typeof link !== "string" && "serve" in link) return link;
  const broker = typeof link === "string" ? { url: link } : link;
  const url = URL.parse(broker.url);
  if (!url || !/^(mqtts?|wss?):$/.test(url.protocol) || url.hostname === "") return undefined;
  return new MqttTwinLink({ ...broker, node, clock, random, log });
}
