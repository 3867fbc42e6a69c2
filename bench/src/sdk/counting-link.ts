import type { DeviceAnnouncement, MsgTwin } from "@mapperkit/api";
import type { TwinLink, TwinListener } from "@mapperkit/sdk";
import type { RegisterPlant } from "./register-plant.ts";

/** An edge that takes everything, keeps nothing, and puts what it heard into the plant's transcript. */
export class CountingLink implements TwinLink {
  readonly #plant: RegisterPlant;
  readonly #announcements: readonly DeviceAnnouncement[];
  updates = 0;
  values = 0;

  constructor(plant: RegisterPlant) {
    this.#plant = plant;
    this.#announcements = plant.announcements();
  }

  serve(listener: TwinListener, signal: AbortSignal): Promise<void> {
    listener.linkUp();
    for (const announcement of this.#announcements) listener.deviceAnnounced(announcement, "edge");
    return new Promise((ended) => signal.addEventListener("abort", () => ended(), { once: true }));
  }

  watch(): () => void {
    return () => undefined;
  }

  async report(
    id: string,
    twin: Readonly<Record<string, MsgTwin>>,
  ): Promise<Readonly<Record<string, never>>> {
    this.updates += 1;
    for (const [property, { actual }] of Object.entries(twin)) {
      this.values += 1;
      this.#plant.note(`${id} ${property} ${actual?.value}`);
    }
    return {};
  }

  async setState(id: string, state: string): Promise<void> {
    this.#plant.note(`${id} ${state}`);
  }
}
