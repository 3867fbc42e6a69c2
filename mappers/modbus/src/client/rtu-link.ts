import { MapperkitError } from "@mapperkit/api";
import type { ByteStream, Clock } from "@mapperkit/runtime";
import type { AnswerFrame } from "../frames/answer-frame.ts";
import { RtuFrames, rtuFrame } from "../frames/rtu-frames.ts";
import { dataBytesOf } from "../pdu/answers.ts";
import { Deadlines } from "./deadlines.ts";
import type { LateAnswers } from "./late-answers.ts";
import type { ModbusLink, RequestOptions } from "./modbus-link.ts";
import { PendingAnswer } from "./pending-answer.ts";
import { linkError } from "./tcp-link.ts";

/** What a line costs in time. */
export interface LineTimes {
  /** Of one byte, ms; 0 where bytes go by network. */
  readonly byteMs: number;
  /** Silence between frames, ms. */
  readonly frameGapMs: number;
  /** How long after its time-out an answer may still come, ms. */
  readonly lateAnswerMs: number;
}

export interface RtuLinkParts {
  readonly stream: ByteStream;
  readonly clock: Clock;
  readonly times: LineTimes;
  readonly late: LateAnswers;
}

/** Time that units get to obey a broadcast (Modbus over Serial Line 1.02, 2.4.1). */
const TURNAROUND_MS = 100;
/** Unit, function, byte count and check around the data of an answer. */
const FRAME_BYTES = 5;

/** RTU frames: one request at a time, since an answer does not say to which one it belongs. */
export class RtuLink implements ModbusLink {
  readonly #parts: RtuLinkParts;
  readonly #frames = new RtuFrames();
  readonly #deadlines: Deadlines;
  #turn: Promise<unknown> = Promise.resolve();
  #pending: PendingAnswer | undefined;
  #busyUntil = 0;
  #lost: MapperkitError | undefined;

  constructor(parts: RtuLinkParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.clock);
    this.#listen().then(
      () => this.#lose(new MapperkitError("unreachable", "the line was closed")),
      (cause: unknown) => this.#lose(linkError(cause)),
    );
  }

  request(unit: number, pdu: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    return this.#inTurn(() => this.#ask(unit, pdu, options));
  }

  broadcast(pdu: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      await this.#quiet();
      await this.#send(rtuFrame(0, pdu));
      await this.#parts.clock.sleep(TURNAROUND_MS);
    });
  }

  async close(): Promise<void> {
    await this.#parts.stream.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #ask(unit: number, pdu: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const { late, times } = this.#parts;
    options.signal?.throwIfAborted();
    await late.clearFor(unit, pdu, options.signal);
    await this.#quiet();
    if (this.#lost) throw this.#lost;
    this.#frames.reset();
    const frame = rtuFrame(unit, pdu);
    const wireMs = (frame.length + FRAME_BYTES + dataBytesOf(pdu)) * times.byteMs;
    const timeoutMs = options.timeoutMs + Math.ceil(wireMs);
    const pending = new PendingAnswer(unit, pdu, this.#deadlines, { ...options, timeoutMs });
    this.#pending = pending;
    try {
      this.#send(frame).catch((cause: unknown) => pending.fail(linkError(cause)));
      return await pending.answer;
    } catch (error) {
      late.expect(unit, pdu, times.lateAnswerMs);
      throw error;
    } finally {
      this.#pending = undefined;
    }
  }

  async #send(frame: Uint8Array): Promise<void> {
    const { stream, clock, times } = this.#parts;
    if (this.#lost) throw this.#lost;
    this.#busyUntil = clock.monotonic() + frame.length * times.byteMs + times.frameGapMs;
    await stream.write(frame);
  }

  /** Waits until the line was silent for long enough to begin a frame. */
  async #quiet(): Promise<void> {
    const { clock } = this.#parts;
    for (
      let ms = this.#busyUntil - clock.monotonic();
      ms > 0;
      ms = this.#busyUntil - clock.monotonic()
    ) {
      await clock.sleep(Math.ceil(ms));
    }
  }

  async #listen(): Promise<void> {
    const { stream, clock, times } = this.#parts;
    for await (const bytes of stream.read()) {
      this.#busyUntil = Math.max(this.#busyUntil, clock.monotonic() + times.frameGapMs);
      for (const frame of this.#frames.push(bytes)) this.#heard(frame);
    }
  }

  #heard(frame: AnswerFrame): void {
    // What nobody waits for is late, or of another unit.
    if (this.#pending?.take(frame)) this.#pending = undefined;
  }

  #lose(error: MapperkitError): void {
    this.#lost ??= error;
    this.#pending?.fail(this.#lost);
    this.#deadlines.stop();
  }
}
