import { MapperkitError } from "@mapperkit/api";
import { RE2JS } from "re2js";

/** A user's regular expression, matched in time linear to the text: no line can hold the mapper up. */
export class Pattern {
  readonly #compiled: RE2JS;

  /** @throws MapperkitError `invalid_input` saying what is wrong with it */
  constructor(source: string) {
    try {
      this.#compiled = RE2JS.compile(source);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MapperkitError("invalid_input", `is no regular expression of RE2: ${why}`, {
        cause,
      });
    }
  }

  /** What its first group caught, or the whole match where it has no group; undefined without a match. */
  find(text: string): string | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    return (matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()) ?? "";
  }
}
