import type { Spoiling, WireProtocol, WireRequest } from "@mapperkit/sim-plant";
import { FrameDevice } from "./frame-device.ts";
import { LineDevice } from "./line-device.ts";
import type { DescribedDevice, SpokenDevice } from "./spoken-device.ts";

/** All the devices of one line: each hears everything, and answers what is for it. */
export class SerialWire implements WireProtocol {
  readonly #devices: SpokenDevice[] = [];
  /** Only who gave an answer knows how it can be wrong. */
  readonly #givenBy = new WeakMap<Uint8Array, SpokenDevice>();

  /** @throws MapperkitError `invalid_input` for words that a device cannot speak by */
  add(device: DescribedDevice): void {
    const isFrame = device.words.framing === "frame";
    this.#devices.push(isFrame ? new FrameDevice(device) : new LineDevice(device));
  }

  get spoils(): readonly Spoiling[] {
    return this.#devices.flatMap((device) => device.spoils);
  }

  open(): (bytes: Uint8Array) => readonly WireRequest[] {
    const decoders = this.#devices.map((device) => [device, device.open()] as const);
    return (bytes) =>
      decoders.flatMap(([device, decode]) =>
        decode(bytes).map((request) => ({
          ...request,
          respond: (panel) => {
            const answer = request.respond(panel);
            if (answer) this.#givenBy.set(answer, device);
            return answer;
          },
        })),
      );
  }

  spoil(answer: Uint8Array, how: Spoiling): Uint8Array | undefined {
    const device = this.#givenBy.get(answer);
    const spoilt = device?.spoil(answer, how);
    if (device && spoilt) this.#givenBy.set(spoilt, device);
    return spoilt;
  }
}
