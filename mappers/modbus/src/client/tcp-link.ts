import { MapperkitError } from "@mapperkit/api";
import type { ByteStream, Clock } from "@mapperkit/runtime";
import { TcpFrames, tcpFrame } from "../frames/tcp-frames.ts";
import { Deadlines } from "./deadlines.ts";
import type { ModbusLink, RequestOptions } from "./modbus-link.ts";
import { PendingAnswer } from "./pending-answer.ts";

const TRANSACTIONS = 0x10000;
/** Time that units get to obey a broadcast (Modbus over Serial Line 1.02, 2.4.1). */
const TURNAROUND_MS = 100;

/** Modbus TCP: any number of requests at once, told apart by their transaction. */
export class TcpLink implements ModbusLink {
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #pending = new Map<number, PendingAnswer>();
  readonly #deadlines: Deadlines;
  readonly #frames = new TcpFrames();
  #transaction = 0;
  #lost: MapperkitError | undefined;

  constructor(stream: ByteStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock);
    this.#listen().then(
      () => this.#lose(new MapperkitError("unreachable", "the device closed the connection")),
      (cause: unknown) => this.#lose(linkError(cause)),
    );
  }

  request(unit: number, pdu: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    if (this.#lost) return Promise.reject(this.#lost);
    const transaction = this.#nextTransaction();
    const pending = new PendingAnswer(unit, pdu, this.#deadlines, options);
    this.#pending.set(transaction, pending);
    this.#stream.write(tcpFrame(transaction, unit, pdu)).catch((cause: unknown) => {
      pending.fail(linkError(cause));
    });
    return pending.answer.catch((error: unknown) => {
      this.#pending.delete(transaction);
      this.#loseIfCutOff();
      throw error;
    });
  }

  /** Half a frame that nobody goes on with: what comes next would be taken for its other half. */
  #loseIfCutOff(): void {
    if (this.#lost || !this.#frames.isInFrame) return;
    this.#lose(new MapperkitError("unreachable", "the device sent half an answer and no more"));
    this.#stream.close().catch(() => undefined);
  }

  async broadcast(pdu: Uint8Array): Promise<void> {
    if (this.#lost) throw this.#lost;
    await this.#stream.write(tcpFrame(this.#nextTransaction(), 0, pdu));
    await this.#clock.sleep(TURNAROUND_MS);
  }

  async close(): Promise<void> {
    await this.#stream.close();
  }

  async #listen(): Promise<void> {
    for await (const bytes of this.#stream.read()) {
      for (const frame of this.#frames.push(bytes)) {
        const transaction = frame.transaction ?? -1;
        // Of another transaction: late, and of no use to anybody.
        if (this.#pending.get(transaction)?.take(frame)) this.#pending.delete(transaction);
      }
    }
  }

  #nextTransaction(): number {
    do this.#transaction = (this.#transaction + 1) % TRANSACTIONS;
    while (this.#pending.has(this.#transaction));
    return this.#transaction;
  }

  #lose(error: MapperkitError): void {
    this.#lost ??= error;
    for (const pending of this.#pending.values()) pending.fail(this.#lost);
    this.#deadlines.stop();
  }
}

/** A stream's failure in our words. */
export function linkError(cause: unknown): MapperkitError {
  if (cause instanceof MapperkitError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError("unreachable", `the connection broke: ${why}`, { cause });
}
