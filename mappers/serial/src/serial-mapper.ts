import type { DeviceAnnouncement } from "@mapperkit/api";
import { createLog, RealClock, systemRandom } from "@mapperkit/runtime";
import {
  defineMapper,
  type Mapper,
  MqttTwinLink,
  type RunningMapper,
  type RunOptions,
  type TwinLink,
} from "@mapperkit/sdk";
import { translateAnnouncement } from "./announced/translate-announcement.ts";
import { translatedLink } from "./announced/translated-link.ts";
import { serialDriver } from "./serial-driver.ts";

const NAME = "serial";
/** Plans without a run: what no session needs. */
const unopened = defineMapper(serialDriver());

/**
 * Lines and frames over serial ports, USB adapters and TCP gateways, by a description in the Device
 * and its model alone. Takes devices of protocol `serial`.
 */
export const serialMapper: Mapper = {
  ...unopened,
  plan: (announcement, config) =>
    unopened.plan(translateAnnouncement(announcement, config), config),
  run: async (options) => await (await start(options)).ended,
  start,
};

function start(options: RunOptions): Promise<RunningMapper> {
  const clock = options.clock ?? new RealClock();
  const random = options.random ?? systemRandom();
  const log = options.log ?? createLog({ name: NAME });
  const inner = defineMapper(serialDriver());
  const ports = { ...options, clock, random, log };
  const link = linkOf(ports);
  // What is no link is refused by the SDK, in its words.
  if (!link) return inner.start(ports);
  const translate = (announcement: DeviceAnnouncement) =>
    announcement.device.spec?.protocol?.protocolName === NAME
      ? translateAnnouncement(announcement, options.config)
      : announcement;
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
