import type { PropertyType } from "@mapperkit/api";

/**
 * The twin's text for "there is no value", which travels with quality Bad: never a 0 that somebody
 * might believe. Numbers with fractions have a word for it that every KubeEdge edge takes.
 */
export function noValueOf(type: PropertyType): string {
  return type === "FLOAT" || type === "DOUBLE" ? "NaN" : "";
}
