import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceAnnouncement, DeviceId, MsgTwin, PropertyRefusal } from "@mapperkit/api";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { Aedes } from "aedes";
import { EdgeOnMqtt } from "../fixtures/edge-on-mqtt.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { until } from "../fixtures/until.ts";
import { MemoryTwinLink } from "./memory-twin-link.ts";
import { MqttTwinLink } from "./mqtt-twin-link.ts";
import type { TwinLink, TwinListener } from "./twin-link.ts";

/** The edge's side of a link, as a test moves it. */
interface EdgeSide extends AsyncDisposable {
  readonly link: TwinLink;
  announce(announcement: DeviceAnnouncement): Promise<void>;
  remove(id: DeviceId): Promise<void>;
  setDesired(id: DeviceId, property: string, value: string, generation: number): Promise<void>;
  refuse(id: DeviceId, property: string, refusal: PropertyRefusal): void;
  twin(id: DeviceId, property: string): MsgTwin | undefined;
  state(id: DeviceId): string | undefined;
  cut(): Promise<void>;
  restore(): Promise<void>;
}

class Recorder implements TwinListener {
  ups = 0;
  readonly devices = new Map<string, number>();
  readonly twins = new Map<string, MsgTwin | null>();
  linkUp = () => {
    this.ups += 1;
  };
  deviceAnnounced = ({ device, generation }: DeviceAnnouncement) => {
    this.devices.set(`default/${device.metadata.name}`, generation);
  };
  deviceGone = (id: DeviceId) => {
    this.devices.delete(id);
  };
  twinHeard = (id: DeviceId, property: string, twin: MsgTwin | null) => {
    this.twins.set(`${id}/${property}`, twin);
  };
}

const clock = new RealClock();
const LAMP = "default/lamp";

const sides: Record<string, () => Promise<EdgeSide>> = {
  "in memory": async () => {
    const link = new MemoryTwinLink();
    return {
      link,
      announce: async (announcement) => link.announce(announcement),
      remove: async (id) => link.remove(id),
      setDesired: async (...args) => link.setDesired(...args),
      refuse: (...args) => link.refuse(...args),
      twin: (...args) => link.twin(...args),
      state: (id) => link.state(id),
      cut: async () => link.setUp(false),
      restore: async () => link.setUp(true),
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
  "over MQTT": async () => {
    const edge = new EdgeOnMqtt(() => Aedes.createBroker());
    await edge.start();
    const random = createRandom(1);
    return {
      link: new MqttTwinLink({ url: edge.url, clock, random, log: silentLog }),
      announce: (announcement) => edge.announce(announcement),
      remove: (id) => edge.remove(id),
      setDesired: (...args) => edge.setDesired(...args),
      refuse: (_, property, refusal) => edge.refused.set(property, refusal),
      twin: (id, property) => edge.twins.get(id)?.[property],
      state: (id) => edge.states.get(id),
      cut: () => edge.stop(),
      restore: () => edge.start(),
      [Symbol.asyncDispose]: () => edge[Symbol.asyncDispose](),
    };
  },
};

for (const [name, makeSide] of Object.entries(sides)) {
  const scenario = (
    what: string,
    play: (side: EdgeSide, heard: Recorder) => Promise<void>,
  ): void => {
    test(`${what}, ${name}`, async () => {
      await using side = await makeSide();
      const stop = new AbortController();
      const heard = new Recorder();
      const served = side.link.serve(heard, stop.signal);
      try {
        await until(clock, "the link is up", () => heard.ups > 0);
        await play(side, heard);
      } finally {
        stop.abort();
        await served;
      }
    });
  };

  scenario("a watcher that ends late leaves its successor what it hears", async (side, heard) => {
    await side.announce(announceLamp({ generation: 1 }));
    const endFirst = side.link.watch(LAMP);
    side.link.watch(LAMP);
    endFirst();
    await side.setDesired(LAMP, "power", "ON", 2);
    const power = () => heard.twins.get(`${LAMP}/power`);
    await until(clock, "the desired value is heard", () => power()?.expected?.value === "ON");
    assert.deepEqual(await side.link.report(LAMP, { power: { actual: { value: "1" } } }), {});
  });

  scenario("hears of devices, of their changes and their end", async (side, heard) => {
    await side.announce(announceLamp({ generation: 1 }));
    await until(clock, "announced", () => heard.devices.get(LAMP) === 1);
    await side.announce(announceLamp({ generation: 2 }));
    await until(clock, "announced again", () => heard.devices.get(LAMP) === 2);
    await side.remove(LAMP);
    await until(clock, "gone", () => !heard.devices.has(LAMP));
  });

  scenario("hears the twin as it is, then each change, until unwatched", async (side, heard) => {
    await side.announce(announceLamp());
    await side.setDesired(LAMP, "power", "ON", 2);
    const unwatch = side.link.watch(LAMP);
    const expected = () => heard.twins.get(`${LAMP}/power`)?.expected?.value;
    await until(clock, "the present twin", () => expected() === "ON");
    await side.setDesired(LAMP, "power", "OFF", 3);
    await until(clock, "the change", () => expected() === "OFF");
    assert.equal(heard.twins.get(`${LAMP}/power`)?.expected?.metadata?.generation, 3);
    unwatch();
    await side.setDesired(LAMP, "power", "ON", 4);
    assert.equal(expected(), "OFF");
  });

  scenario("reports, and learns what was refused", async (side) => {
    await side.announce(announceLamp());
    side.refuse(LAMP, "heat", { code: 400, reason: "the value is not float" });
    const outcome = { phase: "Applied", generation: 2 } as const;
    const refusals = await side.link.report(LAMP, {
      power: { actual: { value: "ON", metadata: { quality: "Good" } }, outcome },
      heat: { actual: { value: "warm" } },
    });
    assert.deepEqual(refusals, { heat: { code: 400, reason: "the value is not float" } });
    await until(clock, "stored", () => side.twin(LAMP, "power")?.actual?.value === "ON");
    assert.equal(side.twin(LAMP, "power")?.outcome?.generation, 2);
    await side.link.setState(LAMP, "online");
    await until(clock, "the state", () => side.state(LAMP) === "online");
  });

  scenario("says when the edge does not know a device", async (side) => {
    const report = side.link.report("default/nobody", { power: { actual: { value: "1" } } });
    await assert.rejects(report, { code: "not_found" });
  });

  scenario("after a cut it hears everything anew and can report again", async (side, heard) => {
    await side.announce(announceLamp({ generation: 1 }));
    await side.announce(announceLamp({ name: "left" }));
    await until(clock, "announced", () => heard.devices.has("default/left"));
    side.link.watch(LAMP);
    side.link.watch("default/left");
    const before = heard.ups;
    await side.cut();
    const report = () => side.link.report(LAMP, { power: { actual: { value: "1" } } });
    await assert.rejects(report, { code: "unreachable" });
    await assert.rejects(side.link.setState(LAMP, "online"), { code: "unreachable" });
    if (name === "over MQTT") await side.remove("default/left");
    await side.restore();
    await until(clock, "up again", () => heard.ups > before);
    await side.setDesired(LAMP, "power", "ON", 9);
    const generationOf = () => heard.twins.get(`${LAMP}/power`)?.expected?.metadata?.generation;
    await until(clock, "the twin", () => generationOf() === 9);
    await report();
    if (name === "over MQTT") {
      await until(clock, "what left meanwhile is gone", () => !heard.devices.has("default/left"));
    }
  });
}
