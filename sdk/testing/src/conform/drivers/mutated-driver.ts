import { registerHooks } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Mapper } from "@mapperkit/sdk";
import type { DriverMutant } from "./driver-mutants.ts";
import type { DriverName } from "./our-drivers.ts";

const MAPPERS = resolve(import.meta.dirname, "../../../../../mappers");

/** Loads our drivers as their sources would be with a mistake in them; nothing is written. */
export class MutatedDrivers implements Disposable {
  readonly #mutants = new Map<string, DriverMutant>();
  readonly #hooks: { deregister(): void };

  constructor() {
    this.#hooks = registerHooks({
      resolve: (specifier, context, next) => {
        const found = next(specifier, context);
        const mark = /\?mutant=.*/.exec(context.parentURL ?? "")?.[0];
        // A driver's own files are loaded anew for each mutant, what it uses of others is not.
        return mark && specifier.startsWith(".") ? { ...found, url: found.url + mark } : found;
      },
      load: (url, context, next) => {
        const loaded = next(url, context);
        const [file = "", mark = ""] = url.split("?mutant=");
        const mutant = this.#mutants.get(mark);
        if (!mutant || file !== urlOf(mutant.driver, mutant.file)) return loaded;
        return { ...loaded, source: mutated(String(loaded.source), mutant) };
      },
    });
  }

  /** @throws Error when the driver's source has not, exactly once, what the mutant changes */
  async load(driver: DriverName, mutant?: DriverMutant): Promise<Mapper> {
    const mark = mutant ? `${this.#mutants.size + 1}` : "none";
    if (mutant) this.#mutants.set(mark, mutant);
    const { default: mapper } = (await import(`${urlOf(driver, "main.ts")}?mutant=${mark}`)) as {
      default: Mapper;
    };
    return mapper;
  }

  [Symbol.dispose](): void {
    this.#hooks.deregister();
  }
}

function urlOf(driver: DriverName, file: string): string {
  return pathToFileURL(resolve(MAPPERS, driver, "src", file)).href;
}

function mutated(source: string, { driver, file, was, is, mistake }: DriverMutant): string {
  const parts = source.split(was);
  if (parts.length === 2) return parts.join(is);
  const count = parts.length - 1;
  throw new Error(
    `"${mistake}": mappers/${driver}/src/${file} has ${count} times, not once: ${was}`,
  );
}
