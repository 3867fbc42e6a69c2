import type { DeviceAnnouncement } from "@mapperkit/api";
import { createLog, RealClock, systemRandom } from "@mapperkit/runtime";
import {
  defineMapper,
  type Mapper,
  MqttTwinLink,
  openDevice,
  type RunningMapper,
  type RunOptions,
  type TwinLink,
} from "@mapperkit/sdk";
import { BusBook } from "./bus-book.ts";
import { modbusConfig } from "./config/modbus-config.ts";
import { translateAnnouncement } from "./eras/in-our-names.ts";
import { translatedLink } from "./eras/translated-link.ts";
import { modbusDriver } from "./modbus-driver.ts";

const NAME = "modbus";

/** Places and plans without a run: what no session needs. */
const unopened = defineMapper(modbusDriver(new BusBook(new RealClock())));

/**
 * Modbus TCP, RTU on serial lines and RTU over TCP. Takes devices of protocol `modbus`, configured
 * in our names or in those that v1alpha2's `protocol.modbus`, `protocol.common` and visitors have
 * after conversion.
 */
export const modbusMapper: Mapper = {
  name: NAME,
  definition: unopened.definition,
  discover: (options) => unopened.discover(options),
  plan: (announcement, config) => unopened.plan(translateAnnouncement(announcement), config),
  run: async (options) => await (await start(options)).ended,
  start,
  open: (model, device, options) =>
    openDevice({ definition: unopened.definition, start }, model, device, options),
};

function start(options: RunOptions): Promise<RunningMapper> {
  const clock = options.clock ?? new RealClock();
  const random = options.random ?? systemRandom();
  const log = options.log ?? createLog({ name: NAME });
  const book = new BusBook(clock);
  const inner = defineMapper(modbusDriver(book));
  const ports = { ...options, clock, random, log };
  const link = linkOf(ports);
  // What is no link is refused by the SDK, in its words.
  if (!link) return inner.start(ports);
  const translate = (announcement: DeviceAnnouncement) => {
    noteDevice(book, announcement, options.config);
    return translateAnnouncement(announcement);
  };
  return inner.start({ ...ports, link: translatedLink(link, translate) });
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

/** The units of a line bear different things, though they share its session. */
function noteDevice(
  book: BusBook,
  { device }: DeviceAnnouncement,
  defaults: RunOptions["config"],
): void {
  const { protocolName, configData } = device.spec?.protocol ?? {};
  if (protocolName !== NAME) return;
  const { data } = modbusConfig.safeParse({ ...defaults, ...configData });
  if (data) book.note(data);
}
