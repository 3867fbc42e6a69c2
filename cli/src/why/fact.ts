/** Something that was looked for: found, certainly not there, or not to be known from here. */
export type Fact<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly why: string };

export function found<T>(value: T): Fact<T> {
  return { kind: "found", value };
}

export const absent: Fact<never> = { kind: "absent" };

export function unknown(why: string): Fact<never> {
  return { kind: "unknown", why };
}

/** The value, where there is one. */
export function known<T>(fact: Fact<T>): T | undefined {
  return fact.kind === "found" ? fact.value : undefined;
}
