import { MapperkitError } from "@mapperkit/api";

/** `port=9501` becomes the number 9501, `path=/dev/ttyUSB0` stays text. */
export function settings(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const cut = pair.indexOf("=");
      if (cut < 1) {
        throw new MapperkitError("invalid_input", `--set ${pair}: expected KEY=VALUE`);
      }
      const value = pair.slice(cut + 1);
      const isNumber = value.trim() !== "" && Number.isFinite(Number(value));
      return [pair.slice(0, cut), isNumber ? Number(value) : value];
    }),
  );
}
