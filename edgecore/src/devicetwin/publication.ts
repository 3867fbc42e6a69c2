import type { DeviceAction, DeviceAnnouncement, DeviceId, TopicForm } from "@mapperkit/api";

/** What devicetwin has to say to the edge's MQTT clients. */
export type Publication =
  /** The answer to a request, in the form in which it was asked. */
  | {
      readonly kind: "reply";
      readonly device: DeviceId;
      readonly form: TopicForm;
      readonly action: DeviceAction;
      readonly body: object;
      /** The store failed: whoever brought the request must not acknowledge it, so that it comes again. */
      readonly isLost?: true;
    }
  /** Unasked: goes out in each form that somebody listens to. */
  | {
      readonly kind: "notice";
      readonly device: DeviceId;
      readonly action: DeviceAction;
      readonly body: object;
    }
  | {
      readonly kind: "membership";
      readonly action: "get/result" | "updated";
      readonly body: object;
    }
  /** Retained; without a body the device is gone. */
  | {
      readonly kind: "announcement";
      readonly device: DeviceId;
      readonly body: DeviceAnnouncement | undefined;
    };

/** Where what nobody asked for goes: changes that come from the cloud. */
export interface TwinPublisher {
  publish(publications: readonly Publication[]): void;
}

/** Who listens to what nobody asked for: a notice that nobody hears is not made. */
export interface TwinAudience {
  /** True when in doubt. A session that is away but kept listens too. */
  hears(device: DeviceId, action: DeviceAction): boolean;
}

export const everybody: TwinAudience = { hears: () => true };
