import type { ServedResource } from "../resources/index.ts";
import { badRequest, type FieldError, invalid } from "../status/index.ts";
import { invalidValue, metadataFaults, readMetadata } from "./check-metadata.ts";
import { groupVersion, isJsonObject, type KubeObject } from "./kube-object.ts";
import { decodeHint, quotingHints } from "./quoting-hint.ts";
import type { WriteOptions } from "./world.ts";

/**
 * Turns a request's body, or the result of a patch, into an object of `resource`: unknown fields
 * are reported and pruned, defaults filled in. Changes `body`.
 * @throws StatusError 400 when it is no such object
 */
export function readObject(
  resource: ServedResource,
  body: unknown,
  options: WriteOptions,
): KubeObject {
  const { kind, version } = resource;
  if (!isJsonObject(body)) {
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal into an object`,
    );
  }
  checkType(resource, body);
  body.apiVersion = groupVersion(resource.group, version);
  body.kind = kind;
  body.metadata = readMetadata(body.metadata, resource, version);
  const object = body as KubeObject;
  if (resource.schema === undefined) return object;
  const fault = resource.schema.decodeFault?.(object);
  if (fault !== undefined) {
    const hint = decodeHint(fault);
    if (hint !== undefined) options.warn(hint);
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${fault}`);
  }
  reportUnknown(resource, resource.schema.unknownFields(object), options);
  resource.schema.prune(object);
  resource.schema.applyDefaults(object);
  return object;
}

function checkType(resource: ServedResource, body: { [key: string]: unknown }): void {
  const { kind, custom, group, version } = resource;
  const expected = groupVersion(group, version);
  if (custom && body.kind === undefined) {
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body).slice(0, 500)}'`);
  }
  const given = body.apiVersion;
  if (given !== undefined && given !== "" && given !== expected) {
    throw badRequest(
      `the API version in the data (${String(given)}) does not match the expected API version (${expected})`,
    );
  }
  const givenKind = body.kind;
  if (givenKind === undefined || givenKind === "" || givenKind === kind) return;
  if (!custom) {
    throw badRequest(
      `${String(givenKind)} in version "${version}" cannot be handled as a ${kind}: no kind "${String(givenKind)}" is registered for this resource`,
    );
  }
  const name = isJsonObject(body.metadata) ? String(body.metadata.name ?? "") : "";
  throw invalid(resource, name, [invalidValue("kind", givenKind, `must be ${kind}`)]);
}

function reportUnknown(
  { kind, version }: ServedResource,
  paths: readonly string[],
  options: WriteOptions,
): void {
  if (paths.length === 0 || options.fieldValidation === "Ignore") return;
  const texts = paths.map((path) => `unknown field "${path}"`);
  if (options.fieldValidation === "Strict") {
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${texts.join(", ")}`,
    );
  }
  for (const text of texts) options.warn(text);
}

/** @throws StatusError 422 with a cause for each fault of the object, those of `o.more` included */
export function validateObject(
  resource: ServedResource,
  object: KubeObject,
  old: KubeObject | undefined,
  o: { readonly more?: readonly FieldError[]; readonly warn?: (text: string) => void } = {},
): void {
  const faults = [
    ...(o.more ?? []),
    ...metadataFaults(object.metadata),
    ...(resource.schema?.validate(object, old) ?? []),
    ...(resource.strategy.validate?.(object, old) ?? []),
  ];
  for (const hint of quotingHints(object, faults)) o.warn?.(hint);
  if (faults.length > 0) throw invalid(resource, object.metadata.name ?? "", faults);
}
