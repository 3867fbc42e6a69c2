import { isJsonObject, type JsonObject, type KubeObject } from "../objects/index.ts";
import { checkStructural, type JsonSchemaProps } from "../schema/index.ts";
import type { FieldError } from "../status/index.ts";
import type { Definition, DefinitionSpec, DefinitionVersion } from "./definition.ts";

const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** What is wrong with a CustomResourceDefinition; empty when it may be served. */
export function definitionFaults(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const spec = object.spec;
  if (!isJsonObject(spec)) return [required("spec")];
  const shape = shapeFaults(spec);
  if (shape.length > 0) return shape;
  const { spec: checked } = object as Definition;
  return [
    ...nameFaults(checked, object.metadata.name ?? ""),
    ...versionFaults(checked.versions),
    ...conversionFaults(checked),
    ...immutableFaults(checked, (old as Definition | undefined)?.spec),
  ];
}

function shapeFaults(spec: JsonObject): FieldError[] {
  const { group, scope, names, versions } = spec;
  const faults: FieldError[] = [];
  if (typeof group !== "string" || group === "") faults.push(required("spec.group"));
  if (scope !== "Namespaced" && scope !== "Cluster") {
    faults.push(notSupported("spec.scope", scope ?? "", ["Cluster", "Namespaced"]));
  }
  const named = isJsonObject(names) ? names : {};
  for (const key of ["plural", "kind"]) {
    if (typeof named[key] !== "string" || named[key] === "")
      faults.push(required(`spec.names.${key}`));
  }
  if (!Array.isArray(versions) || !versions.every(isJsonObject) || versions.length === 0) {
    faults.push(required("spec.versions"));
  }
  return faults;
}

function nameFaults({ group, names }: DefinitionSpec, name: string): FieldError[] {
  const faults: FieldError[] = [];
  const expected = `${names.plural}.${group}`;
  if (name !== expected) {
    faults.push(invalidValue("metadata.name", name, `must be spec.names.plural+"."+spec.group`));
  }
  if (!group.includes(".")) {
    faults.push(invalidValue("spec.group", group, "should be a domain with at least one dot"));
  }
  for (const key of ["plural", "singular"] as const) {
    const value = names[key] ?? "";
    if (!LABEL.test(value)) faults.push(invalidValue(`spec.names.${key}`, value, DNS_1035));
  }
  return faults;
}

const DNS_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

function versionFaults(versions: readonly DefinitionVersion[]): FieldError[] {
  const faults: FieldError[] = [];
  const storing = versions.filter((version) => version.storage);
  if (storing.length !== 1) {
    const text = "must have exactly one version marked as storage version";
    faults.push(
      invalidValue(
        "spec.versions",
        versions.map(({ name }) => name),
        text,
      ),
    );
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const field = `spec.versions[${index}]`;
    const { name } = version;
    if (typeof name !== "string" || !LABEL.test(name)) {
      faults.push(invalidValue(`${field}.name`, name, DNS_1035));
    }
    if (seen.has(name)) {
      faults.push(invalidValue("spec.versions", name, "must contain unique version names"));
    }
    seen.add(name);
    faults.push(...schemaFaults(version, field));
  }
  return faults;
}

function schemaFaults(version: DefinitionVersion, field: string): FieldError[] {
  const schema: JsonSchemaProps | undefined = version.schema?.openAPIV3Schema;
  const path = `${field}.schema.openAPIV3Schema`;
  if (!isJsonObject(schema)) {
    return [
      { type: "FieldValueRequired", field: path, message: "Required value: schemas are required" },
    ];
  }
  return checkStructural(schema).map((fault) => ({ ...fault, field: below(path, fault.field) }));
}

function below(path: string, field: string): string {
  if (field === "" || field === "<nil>") return path;
  if (field.startsWith(path)) return field;
  const relative = field.replace(/^openAPIV3Schema\.?/, "");
  if (relative === "") return path;
  return relative.startsWith("[") ? `${path}${relative}` : `${path}.${relative}`;
}

function conversionFaults({ conversion }: DefinitionSpec): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy, webhook } = conversion;
  if (strategy === "None") return [];
  if (strategy !== "Webhook") {
    return [notSupported("spec.conversion.strategy", strategy, ["None", "Webhook"])];
  }
  const field = "spec.conversion.webhook.clientConfig";
  const { url, service } = webhook?.clientConfig ?? {};
  if (url === undefined && service === undefined) {
    return [
      { ...required(field), message: "Required value: exactly one of url or service is required" },
    ];
  }
  if (url !== undefined && !isHttpsUrl(url)) {
    return [invalidValue(`${field}.url`, url, "'https' is the only allowed URL scheme")];
  }
  if (!webhook?.conversionReviewVersions?.includes("v1")) {
    const text = "must include at least one of v1, v1beta1";
    const versions = webhook?.conversionReviewVersions ?? [];
    return [invalidValue("spec.conversion.conversionReviewVersions", versions, text)];
  }
  return [];
}

function isHttpsUrl(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === "https:";
}

function immutableFaults(spec: DefinitionSpec, old: DefinitionSpec | undefined): FieldError[] {
  if (old === undefined) return [];
  const faults: FieldError[] = [];
  const text = "field is immutable";
  if (spec.group !== old.group) faults.push(invalidValue("spec.group", spec.group, text));
  if (spec.scope !== old.scope) faults.push(invalidValue("spec.scope", spec.scope, text));
  for (const key of ["plural", "kind"] as const) {
    if (spec.names[key] !== old.names[key]) {
      faults.push(invalidValue(`spec.names.${key}`, spec.names[key], text));
    }
  }
  return faults;
}

function required(field: string): FieldError {
  return { type: "FieldValueRequired", field, message: "Required value" };
}

function invalidValue(field: string, value: unknown, text: string): FieldError {
  const message = `Invalid value: ${JSON.stringify(value)}: ${text}`;
  return { type: "FieldValueInvalid", field, message };
}

function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((item) => JSON.stringify(item)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { type: "FieldValueNotSupported", field, message };
}
