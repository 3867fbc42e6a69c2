/** A line of what `up` prints: a part, where it is reached, and where it lives. */
export interface RunningPart {
  readonly name: string;
  readonly address: string;
  readonly note: string;
  /** Set when the usual port was taken. */
  readonly movedFrom?: number;
}

/** Says in `movedFrom` that a part listens elsewhere than asked. Port 0 asks for any. */
export function movedFrom(asked: number, actual: number): { movedFrom?: number } {
  return asked === 0 || asked === actual ? {} : { movedFrom: asked };
}
