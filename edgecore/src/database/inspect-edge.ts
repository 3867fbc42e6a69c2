import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { MapperkitError, type Outcome } from "@mapperkit/api";
import type Sqlite from "better-sqlite3";
import { DATABASE_FILE } from "./edge-database.ts";

export interface InspectedSample {
  readonly value: string;
  /** The edge's time, ms since 1970. */
  readonly timestamp: number;
}

export interface InspectedTwin {
  readonly expected?: InspectedSample;
  readonly actual?: InspectedSample & { readonly quality?: string; readonly reason?: string };
  readonly outcome?: Outcome;
  /** Oldest first; only of properties that keep samples. */
  readonly history?: readonly InspectedSample[];
}

export interface InspectedDevice {
  readonly id: string;
  /** Empty when no mapper has said it. */
  readonly state: string;
  /** RFC 3339, UTC; empty when the device never was online. */
  readonly lastOnline: string;
  readonly twins: Readonly<Record<string, InspectedTwin>>;
}

export interface InspectedEdge {
  readonly node?: string;
  readonly devices: readonly InspectedDevice[];
}

interface StoredSide {
  readonly value: string;
  readonly metadata: { timestamp: number; quality?: string; reason?: string };
}
type Row = readonly (string | number | null)[];

/**
 * What an edge keeps in `dataDir`: read only, whether the edge runs, has ended, or was killed.
 * @throws MapperkitError `not_found` when there is no edge's database, `invalid_input` when it cannot be read.
 */
export function inspectEdge(dataDir: string): InspectedEdge {
  const file = join(dataDir, DATABASE_FILE);
  if (!existsSync(file)) {
    throw new MapperkitError("not_found", `dataDir ${dataDir} has no ${DATABASE_FILE}`, {
      details: { dataDir },
    });
  }
  try {
    const db = open(file);
    try {
      // One transaction: the edge may go on writing meanwhile.
      return db.transaction(() => readEdge(db))();
    } finally {
      db.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("invalid_input", `${file} cannot be read: ${reason}`, {
      cause,
      details: { dataDir },
    });
  }
}

/** Loaded only here: most programs that import this package never open a database themselves. */
function open(file: string): Sqlite.Database {
  const Database = createRequire(import.meta.url)("better-sqlite3") as typeof Sqlite;
  return new Database(file, { readonly: true, fileMustExist: true });
}

function readEdge(db: Sqlite.Database): InspectedEdge {
  const rows = (sql: string) => db.prepare(sql).raw().all() as Row[];
  const histories = new Map<string, InspectedSample[]>();
  for (const [device, property, body] of rows(
    "SELECT deviceid, name, body FROM twin_history ORDER BY deviceid, name, sequence",
  )) {
    const key = `${device} ${property}`;
    const history = histories.get(key) ?? [];
    histories.set(key, history);
    history.push(sampleOf(JSON.parse(String(body))));
  }
  const twins = new Map<string, [string, InspectedTwin][]>();
  for (const [device, property, body] of rows(
    "SELECT deviceid, name, body FROM device_twin ORDER BY deviceid, name",
  )) {
    const twin = twinOf(JSON.parse(String(body)), histories.get(`${device} ${property}`));
    if (!twin) continue;
    const known = twins.get(String(device)) ?? [];
    twins.set(String(device), known);
    known.push([String(property), twin]);
  }
  const devices = rows("SELECT id, state, last_online FROM device ORDER BY id").map(
    ([id, state, lastOnline]): InspectedDevice => ({
      id: String(id),
      state: String(state),
      lastOnline: String(lastOnline),
      twins: Object.fromEntries(twins.get(String(id)) ?? []),
    }),
  );
  const [own] = rows("SELECT value FROM meta WHERE key = 'edge'");
  const node: unknown = own && JSON.parse(String(own[0])).node;
  return { ...(typeof node === "string" && { node }), devices };
}

function twinOf(
  body: { type: string; expected?: StoredSide; actual?: StoredSide; outcome?: Outcome },
  history: readonly InspectedSample[] | undefined,
): InspectedTwin | undefined {
  if (body.type === "deleted") return undefined;
  const { expected, actual, outcome } = body;
  return {
    ...(expected && { expected: sampleOf(expected) }),
    ...(actual && {
      actual: {
        ...sampleOf(actual),
        ...(actual.metadata.quality !== undefined && { quality: actual.metadata.quality }),
        ...(actual.metadata.reason !== undefined && { reason: actual.metadata.reason }),
      },
    }),
    ...(outcome && { outcome }),
    ...(history && { history }),
  };
}

function sampleOf({ value, metadata }: StoredSide): InspectedSample {
  return { value, timestamp: metadata.timestamp };
}
