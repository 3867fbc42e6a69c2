/** A part of a program that lives from start() to stop(). Used once; never restarted. */
export interface Component {
  readonly name: string;
  /** Resolves when ready for use. Aborting `signal` abandons the attempt. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing this component started is still running. Always safe to call. */
  stop(): Promise<void>;
  /** Rejects if work in the background dies. Absent when there is none. */
  readonly failed?: Promise<never>;
}
