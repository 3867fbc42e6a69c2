import { type DeviceModel, MapperkitError, toModelDefinition } from "@mapperkit/api";

const HEADER =
  "// Made by `mapperkit mapper types` from the DeviceModels in YAML; edit those instead.\n";
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * TypeScript that declares these models, so that the compiler knows their names, types and access.
 * @throws MapperkitError `invalid_input` naming a model or key that is wrong
 */
export function modelTypes(models: readonly DeviceModel[]): string {
  const names = new Set<string>();
  const declarations = models.map((model) => {
    const name = identifierOf(model.metadata.name);
    if (names.has(name)) {
      const message = `DeviceModel ${model.metadata.name} and another both become ${name}`;
      throw new MapperkitError("invalid_input", message);
    }
    names.add(name);
    const { properties } = toModelDefinition(model);
    return `export const ${name} = defineModel(${JSON.stringify(model.metadata.name)}, ${literal(properties, "")});\n`;
  });
  const use = declarations.length > 0 ? 'import { defineModel } from "@mapperkit/api";\n' : "";
  return [HEADER + use, ...declarations].join("\n");
}

/** `counter-model` is `counterModel`. */
function identifierOf(name: string): string {
  const [first = "", ...rest] = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const words = [first, ...rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1))];
  const joined = words.join("");
  return /^[A-Za-z]/.test(joined) ? joined : `model${joined}`;
}

/** A value as TypeScript source; bigints stay exact. */
function literal(value: unknown, indent: string): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(([key, part]) => {
    const name = IDENTIFIER.test(key) && key !== "__proto__" ? key : JSON.stringify(key);
    return `${inner}${key === "__proto__" ? '["__proto__"]' : name}: ${literal(part, inner)},\n`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}
