import { registerHooks } from "node:module";
import { dirname, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Has a file and everything of one's own that it imports read anew, though they were imported
 * before: Node keeps a module for ever under its URL, so each build has URLs of its own. What lies
 * in node_modules, or outside the file's folder, stays as it is.
 */
export class FreshImports implements Disposable {
  readonly #own: string;
  readonly #hooks: { deregister(): void };
  #build = 0;

  constructor(file: string) {
    this.#own = pathToFileURL(dirname(resolve(file)) + sep).href;
    this.#hooks = registerHooks({
      resolve: (specifier, context, next) => {
        const found = next(specifier, context);
        const isOwn = found.url.startsWith(this.#own) && !found.url.includes("/node_modules/");
        if (!isOwn || this.#build === 0) return found;
        return { ...found, url: `${found.url.replace(/\?.*/, "")}?build=${this.#build}` };
      },
    });
  }

  /** From now on files are read anew. Returns the number of the build; what was first run is 0. */
  next(): number {
    this.#build += 1;
    return this.#build;
  }

  [Symbol.dispose](): void {
    this.#hooks.deregister();
  }
}
