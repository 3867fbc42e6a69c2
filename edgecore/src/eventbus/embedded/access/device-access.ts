import {
  type DeviceAction,
  type DeviceId,
  parseAnnouncementTopic,
  parseDeviceTopic,
} from "@mapperkit/api";

const REQUESTS: ReadonlySet<DeviceAction> = new Set<DeviceAction>([
  "twin/update",
  "twin/get",
  "state/update",
  "state/get",
]);

/** What a user may say and hear who speaks for some devices only. */
export class DeviceAccess {
  readonly #devices: ReadonlySet<DeviceId>;

  constructor(devices: readonly DeviceId[]) {
    this.#devices = new Set(devices);
  }

  /** The edge's answers are the edge's to give. */
  mayPublish(topic: string): boolean {
    const target = parseDeviceTopic(topic);
    if (target) return REQUESTS.has(target.action) && this.#devices.has(target.id);
    return this.#isData(topic);
  }

  /** Whether a message may reach the user; a wildcard subscription is thinned out to these. */
  mayHear(topic: string): boolean {
    const id = parseDeviceTopic(topic)?.id ?? parseAnnouncementTopic(topic)?.id;
    return id === undefined ? this.#isData(topic) : this.#devices.has(id);
  }

  /** A filter without wildcards that leads to nothing is refused rather than left silent. */
  maySubscribe(filter: string): boolean {
    return /[+#]/.test(filter) || this.mayHear(filter);
  }

  /** What mappers say to applications (mqtt-topics §2.3), with the namespace or without. */
  #isData(topic: string): boolean {
    const device = /^\$ke\/events\/device\/([^/]+(?:\/[^/]+)?)\/data\/update$/.exec(topic)?.[1];
    if (device === undefined) return false;
    return this.#devices.has((device.includes("/") ? device : `default/${device}`) as DeviceId);
  }
}
