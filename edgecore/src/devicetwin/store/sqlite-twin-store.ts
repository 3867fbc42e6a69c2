import type { DeviceId } from "@mapperkit/api";
import { type Log, silentLog } from "@mapperkit/runtime";
import type { EdgeDatabase } from "../../database/edge-database.ts";
import type { Row, Write } from "../../database/statements.ts";
import type { PropertyTwin } from "../update/property-twin.ts";
import { isTwin, jsonObject, readDetails, readTwin } from "./stored-row.ts";
import type { StoreChange, StoredDevice, TwinStore } from "./twin-store.ts";

type Twins = Map<string, Map<string, PropertyTwin>>;

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
    const byDevice = readTwins(twins) ?? (await this.#loadRows());
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

  /** What is left when some of the twins cannot be read. */
  async #loadRows(): Promise<Twins> {
    const byDevice: Twins = new Map();
    for (const [device, property, body] of await this.#database.rows("twinRows")) {
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
    return byDevice;
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

/** Undefined as soon as one property of one device cannot be read. */
function readTwins(rows: readonly Row[]): Twins | undefined {
  const byDevice: Twins = new Map();
  for (const [device, text] of rows) {
    const twin = jsonObject(text);
    if (!twin) return undefined;
    const properties = new Map<string, PropertyTwin>();
    for (const property in twin) {
      const held = twin[property];
      if (!isTwin(held)) return undefined;
      properties.set(property, held);
    }
    byDevice.set(String(device), properties);
  }
  return byDevice;
}
