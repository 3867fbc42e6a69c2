import type { FileHandle } from "node:fs/promises";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import type { Log } from "@mapperkit/runtime";
import { SessionFile, type Sync } from "./session-file.ts";
import type { Kept, KeptChange, SessionJournal } from "./session-journal.ts";

export const SESSIONS_FILE = "mqtt-sessions.db";
/** A checkpoint comes when the log has grown to this: as often as SQLite's own. */
const MAX_LOG_BYTES = 4 * 1024 * 1024;

interface JournalOptions {
  /** `normal` may lose the last moments when the power fails; neither does when the edge is killed. */
  readonly durability: "full" | "normal";
  readonly log: Log;
  readonly maxLogBytes?: number;
  /** For tests: a disk that refuses */
  readonly sync?: Sync;
}

/**
 * A file of its own, beside the twins': what it holds can be made again by clients. It costs no
 * thread with a V8 of its own, and no disk holds up the event loop.
 */
export class SqliteSessionJournal implements SessionJournal {
  readonly #path: string;
  readonly #options: JournalOptions;
  readonly #maxLogBytes: number;
  readonly #sync: Sync;
  #file: SessionFile | undefined;
  /** The disk has refused: what it holds of the file's last pages is not known any more. */
  #isDoubtful = false;

  private constructor(path: string, options: JournalOptions) {
    this.#path = path;
    this.#options = options;
    this.#maxLogBytes = options.maxLogBytes ?? MAX_LOG_BYTES;
    this.#sync = options.sync ?? ((file: FileHandle) => file.datasync());
  }

  /**
   * A damaged file is set aside, and the broker starts with no sessions.
   * @throws MapperkitError `invalid_input` when the folder cannot be used
   */
  static async open(folder: string, options: JournalOptions): Promise<SqliteSessionJournal> {
    const path = join(folder, SESSIONS_FILE);
    const journal = new SqliteSessionJournal(path, options);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await journal.#opened();
      return journal;
    } catch (cause) {
      if (!isDamage(cause)) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `dataDir ${folder} cannot be used for MQTT sessions: ${reason}`;
        throw new MapperkitError("invalid_input", message, { cause, details: { dataDir: folder } });
      }
    }
    const aside = `${path}.damaged`;
    await rename(path, aside);
    const message = "MQTT sessions damaged, set aside; clients subscribe anew";
    options.log.error(message, { file: aside });
    await journal.#opened();
    return journal;
  }

  async load(): Promise<readonly Kept[]> {
    return (await this.#opened()).rows();
  }

  async commit(changes: readonly KeptChange[]): Promise<void> {
    const file = await this.#ready();
    file.apply(changes);
    if (this.#options.durability === "normal") return;
    try {
      await file.settle();
    } catch {
      // The kernel forgets what it could not write: asked again it would say that all is well.
      this.#isDoubtful = true;
      await this.#beginAnew(file);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** To be applied to: trusted, and with a log that is not too long. */
  async #ready(): Promise<SessionFile> {
    const file = await this.#opened();
    if (this.#isDoubtful) return this.#beginAnew(file);
    if (file.logBytes < this.#maxLogBytes) return file;
    try {
      await file.checkpoint();
      return file;
    } catch (error) {
      // Without room for it the log goes on, as long as there is room for that.
      if (isFull(error)) return file;
      this.#isDoubtful = true;
      return this.#beginAnew(file);
    }
  }

  /** All that is held, as the kernel still has it, goes into another file. */
  async #beginAnew(file: SessionFile): Promise<SessionFile> {
    const rows = file.rows();
    await SessionFile.prepare(this.#path, rows);
    await file.close();
    this.#file = undefined;
    await SessionFile.replace(this.#path);
    const fresh = await this.#opened();
    this.#isDoubtful = false;
    this.#options.log.warn("MQTT sessions written anew, the disk had refused", {
      file: this.#path,
      rows: rows.length,
    });
    return fresh;
  }

  async #opened(): Promise<SessionFile> {
    this.#file ??= await SessionFile.open(this.#path, this.#sync);
    return this.#file;
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

function isDamage(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_CORRUPT") || codeOf(error) === "SQLITE_NOTADB";
}

function isFull(error: unknown): boolean {
  return codeOf(error) === "SQLITE_FULL";
}
