import type { DeviceId } from "@mapperkit/api";
import { type Log, silentLog } from "@mapperkit/runtime";
import type { EdgeDatabase } from "../../database/edge-database.ts";
import type { Write } from "../../database/statements.ts";
import type { PropertyTwin } from "../update/property-twin.ts";
import { readDetails, readTwin } from "./stored-row.ts";
import type { StoreChange, StoredDevice, TwinStore } from "./twin-store.ts";

/** Tables `device` and `device_twin` (edge-storage §4.1); the body of a twin row is JSON. */
export class SqliteTwinStore implements TwinStore {
  readonly #database: EdgeDatabase;
  readonly #log: Log;

  constructor(database: EdgeDatabase, log: Log = silentLog) {
    this.#database = database;
    this.#log = log;
  }

  async load(): Promise<readonly StoredDevice[]> {
    const [devices, twins] = await Promise.all([
      this.#database.rows("devices"),
      this.#database.rows("twins"),
    ]);
    const byDevice = new Map<string, Map<string, PropertyTwin>>();
    for (const [device, property, body] of twins) {
      const held = readTwin(body);
      if (!held) {
        this.#log.error("stored property not usable, it is reported or asked anew", {
          device,
          property,
        });
        continue;
      }
      const twin = byDevice.get(String(device)) ?? new Map();
      byDevice.set(String(device), twin.set(String(property), held));
    }
    return devices.map(([id, name, description, state, lastOnline, details]) => ({
      record: {
        id: String(id) as DeviceId,
        name: String(name),
        description: String(description),
        state: String(state),
        lastOnline: String(lastOnline),
        ...readDetails(details),
      },
      twin: byDevice.get(String(id)) ?? new Map(),
    }));
  }

  commit(batch: readonly StoreChange[]): Promise<void> {
    return this.#database.commit(batch.flatMap(writesOf));
  }
}

function writesOf(change: StoreChange): Write[] {
  switch (change.kind) {
    case "device": {
      const { id, name, description, state, lastOnline, ...details } = change.record;
      const values = [id, name, description, state, lastOnline, JSON.stringify(details)];
      return [{ statement: "putDevice", values }];
    }
    case "twin": {
      const { device, property, twin } = change;
      return [{ statement: "putTwin", values: [device, property, JSON.stringify(twin)] }];
    }
    case "sample": {
      const { device, property, sequence, sample, keep } = change;
      return [
        { statement: "putSample", values: [device, property, sequence, JSON.stringify(sample)] },
        { statement: "trimSamples", values: [device, property, sequence - keep] },
      ];
    }
    case "histories":
      return [{ statement: "keepSamples", values: [change.device, JSON.stringify(change.of)] }];
    case "forget":
      return [
        { statement: "dropSamples", values: [change.device] },
        { statement: "dropTwins", values: [change.device] },
        { statement: "dropDevice", values: [change.device] },
      ];
  }
}
