import { type FSWatcher, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";

const SOURCE = /\.([cm]?[jt]s|json)$/;
/** Editors write a file in several steps. */
const CALM_MS = 80;

/**
 * Tells when sources in a file's folder, or below it, were changed and it is calm again. What changes
 * before somebody follows is told as soon as somebody does.
 */
export class SourceChanges implements Disposable {
  readonly #watcher: FSWatcher;
  readonly #clock: Clock;
  #onChange: (() => void) | undefined;
  #isUntold = false;
  #calm: AbortController | undefined;

  /** @throws MapperkitError `invalid_input` when the folder cannot be watched */
  constructor(file: string, clock: Clock) {
    this.#clock = clock;
    const folder = dirname(resolve(file));
    try {
      this.#watcher = watch(folder, { recursive: true }, (_, name) => this.#changed(name));
    } catch (cause) {
      throw new MapperkitError("invalid_input", `${folder} cannot be watched`, { cause });
    }
  }

  follow(onChange: () => void): void {
    this.#onChange = onChange;
    if (this.#isUntold) onChange();
    this.#isUntold = false;
  }

  [Symbol.dispose](): void {
    this.#calm?.abort();
    this.#watcher.close();
  }

  #changed(name: string | null): void {
    if (name === null || !SOURCE.test(name) || name.includes("node_modules")) return;
    this.#calm?.abort();
    const calm = new AbortController();
    this.#calm = calm;
    this.#clock.sleep(CALM_MS, calm.signal).then(
      () => this.#tell(),
      () => undefined,
    );
  }

  #tell(): void {
    if (this.#onChange) this.#onChange();
    else this.#isUntold = true;
  }
}
