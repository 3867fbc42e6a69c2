import type { DeviceId } from "@mapperkit/api";
import { type Log, silentLog } from "@mapperkit/runtime";
import type { EdgeDatabase } from "../../database/edge-database.ts";
import type { Row, Write } from "../../database/statements.ts";
import type { PropertyTwin } from "../update/property-twin.ts";
import { isTwin, jsonObject, readDetails, readSample, readTwin } from "./stored-row.ts";
import type {
  OutboxEnds,
  OutboxSample,
  StoreChange,
  StoredDevice,
  TwinStore,
} from "./twin-store.ts";

interface LoadedTwin {
  readonly twin: Map<string, PropertyTwin>;
  readonly unconfirmed: string[];
}
type Twins = Map<string, LoadedTwin>;

/** Devices that are read at once. */
const PAGE = 1_000;

/** Tables `device` and `device_twin` (edge-storage §4.1); the body of a twin row is JSON. */
export class SqliteTwinStore implements TwinStore {
  readonly #database: EdgeDatabase;
  readonly #log: Log;

  constructor(database: EdgeDatabase, log: Log = silentLog) {
    this.#database = database;
    this.#log = log;
  }

  async load(): Promise<readonly StoredDevice[]> {
    const [devices, twins] = await Promise.all([this.#database.rows("devices"), this.#loadTwins()]);
    const byDevice = twins ?? (await this.#loadRows());
    return devices.map(([id, name, description, state, lastOnline, details, confirmed]) => {
      const { twin, unconfirmed } = byDevice.get(String(id)) ?? {
        twin: new Map(),
        unconfirmed: [],
      };
      const record = {
        id: String(id) as DeviceId,
        name: String(name),
        description: String(description),
        state: String(state),
        lastOnline: String(lastOnline),
        ...readDetails(details),
      };
      return { record, twin, unconfirmed, isStateUnconfirmed: confirmed === 0 };
    });
  }

  async outboxEnds(): Promise<OutboxEnds> {
    const [ends] = await this.#database.rows("outboxEnds");
    const last = Number(ends?.[1] ?? 0);
    return { done: Number(ends?.[0] ?? last + 1) - 1, last };
  }

  async outboxAfter(after: number, limit: number): Promise<readonly OutboxSample[]> {
    const rows = await this.#database.rows("outboxSamples", after, limit);
    return rows.map(([sequence, device, property, body]) => ({
      sequence: Number(sequence),
      device: String(device) as DeviceId,
      property: String(property),
      sample: readSample(body),
    }));
  }

  /** The database reads a page while the page before it is parsed. Undefined if one cannot be read. */
  async #loadTwins(): Promise<Twins | undefined> {
    const byDevice: Twins = new Map();
    let rows = await this.#database.rows("twins", "", PAGE);
    while (rows.length > 0) {
      const next = this.#database.rows("twins", String(rows.at(-1)?.[0]), PAGE);
      // Looked at below, unless this page cannot be read.
      next.catch(() => {});
      if (!addTwins(byDevice, rows)) return undefined;
      rows = await next;
    }
    return byDevice;
  }

  /** What is left when some of the twins cannot be read. */
  async #loadRows(): Promise<Twins> {
    const byDevice = new Map<string, LoadedTwin>();
    const rows = await this.#database.rows("twinRows");
    for (const [device, property, body, confirmed] of rows) {
      const held = readTwin(body);
      if (!held) {
        this.#log.error("stored property not usable, it is reported or asked anew", {
          device,
          property,
        });
        continue;
      }
      const loaded = byDevice.get(String(device)) ?? emptyTwin();
      byDevice.set(String(device), loaded);
      loaded.twin.set(String(property), held);
      if (confirmed === 0) loaded.unconfirmed.push(String(property));
    }
    return byDevice;
  }

  commit(batch: readonly StoreChange[]): Promise<void> {
    return this.#database.commit(batch.flatMap(writesOf));
  }
}

function emptyTwin(): LoadedTwin {
  return { twin: new Map(), unconfirmed: [] };
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
    case "confirmed": {
      const { device, properties, state } = change;
      const twins: Write = {
        statement: "confirmTwins",
        values: [device, JSON.stringify(properties)],
      };
      return [
        ...(properties.length > 0 ? [twins] : []),
        ...(state ? [{ statement: "confirmState", values: [device] } as const] : []),
      ];
    }
    case "unconfirmed":
      return [
        { statement: "unconfirmTwins", values: [change.device] },
        { statement: "unconfirmState", values: [change.device] },
      ];
    case "outbox": {
      const { sequence, device, property, sample } = change;
      const values = [sequence, device, property, JSON.stringify(sample)];
      return [{ statement: "putOutboxSample", values }];
    }
    case "outbox done":
      return [{ statement: "dropOutboxUpTo", values: [change.upTo] }];
    case "forget":
      return [
        { statement: "dropOutboxOf", values: [change.device] },
        { statement: "dropSamples", values: [change.device] },
        { statement: "dropTwins", values: [change.device] },
        { statement: "dropDevice", values: [change.device] },
      ];
  }
}

/** False as soon as one property of one device cannot be read. */
function addTwins(byDevice: Twins, rows: readonly Row[]): boolean {
  for (const [device, text, names] of rows) {
    const twin = jsonObject(text);
    if (!twin) return false;
    const properties = new Map<string, PropertyTwin>();
    for (const property in twin) {
      const held = twin[property];
      if (!isTwin(held)) return false;
      properties.set(property, held);
    }
    const unconfirmed: string[] = names === null ? [] : JSON.parse(String(names));
    byDevice.set(String(device), { twin: properties, unconfirmed });
  }
  return true;
}
