const SHED = 1_024;

/**
 * What to take back when a commit fails, in the order in which it was done; commits end in that order
 * too. A list, since a Set that is filled and emptied for each message keeps garbage alive for long.
 */
export class UndoList {
  readonly #undo: ((() => void) | undefined)[] = [];
  #first = 0;

  push(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** The oldest commit is durable; nothing happens when it was undone already. */
  dropOldest(): void {
    if (this.#first === this.#undo.length) return;
    this.#undo[this.#first++] = undefined;
    if (this.#first === this.#undo.length) this.#clear();
    else if (this.#first >= SHED && this.#first * 2 >= this.#undo.length) this.#shed();
  }

  /** Takes all back, the newest first. */
  undoAll(): void {
    for (let n = this.#undo.length - 1; n >= this.#first; n--) this.#undo[n]?.();
    this.#clear();
  }

  /** Under load there is always something that waits. */
  #shed(): void {
    this.#undo.splice(0, this.#first);
    this.#first = 0;
  }

  #clear(): void {
    this.#undo.length = 0;
    this.#first = 0;
  }
}
