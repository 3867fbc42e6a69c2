import type { DeviceId, MsgTwin } from "@mapperkit/api";
import type { TwinWatchers } from "../device-registry.ts";
import type { DeviceState } from "../device-state.ts";
import type { Publication, TwinPublisher } from "../publication.ts";
import { isLive, type TwinChange, toMessage } from "../update/property-twin.ts";

/** One mapper in this process that is being served. */
export interface LocalSession {
  watches(id: DeviceId): boolean;
  heard(id: DeviceId, property: string, twin: MsgTwin | null): void;
  announced(publication: Extract<Publication, { kind: "announcement" }>): void;
}

/** The mappers in this process, told what the others hear from the broker. */
export class LocalSessions implements TwinWatchers, TwinPublisher {
  readonly #sessions = new Set<LocalSession>();
  readonly #others: TwinPublisher;

  /** @param others who is told everything, local mappers or not. */
  constructor(others: TwinPublisher) {
    this.#others = others;
  }

  /** Returns what ends the session. */
  add(session: LocalSession): () => void {
    this.#sessions.add(session);
    return () => this.#sessions.delete(session);
  }

  changed(device: DeviceState, changes: readonly TwinChange[]): void {
    for (const session of this.#sessions) {
      if (!session.watches(device.id)) continue;
      for (const { property, after } of changes) {
        session.heard(device.id, property, isLive(after) ? toMessage(after) : null);
      }
    }
  }

  publish(publications: readonly Publication[]): void {
    for (const publication of publications) {
      if (publication.kind !== "announcement") continue;
      for (const session of this.#sessions) session.announced(publication);
    }
    this.#others.publish(publications);
  }
}
