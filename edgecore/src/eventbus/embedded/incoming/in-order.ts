type Work = (next: () => void) => void;

/** What is begun in an order comes to its end in that order, however long each takes. */
export class InOrder {
  readonly #turns: { work?: Work }[] = [];
  #isBusy = false;

  /** Takes a place; the work that is then given is done when all before it is, which calls `next`. */
  begin(): (work: Work) => void {
    const turn: { work?: Work } = {};
    this.#turns.push(turn);
    return (work) => {
      turn.work = work;
      this.#goOn();
    };
  }

  #goOn(): void {
    while (!this.#isBusy) {
      const work = this.#turns[0]?.work;
      if (!work) return;
      this.#turns.shift();
      this.#isBusy = true;
      let isInside = true;
      work(() => {
        this.#isBusy = false;
        // Inside, the loop goes on by itself: as deep a stack as there is work would be too deep.
        if (!isInside) this.#goOn();
      });
      isInside = false;
    }
  }
}
