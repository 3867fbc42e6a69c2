import { groupVersion, type KubeObject } from "../objects/index.ts";
import { columnsOfCrd } from "../printing/index.ts";
import {
  type Codec,
  fieldAt,
  type ServedResource,
  STORED_VERBS,
  type Strategy,
} from "../resources/index.ts";
import { type CompiledSchema, compileSchema } from "../schema/index.ts";
import type { Converter } from "./conversion.ts";
import { type Definition, type DefinitionVersion, storageVersion } from "./definition.ts";

const STRATEGY: Strategy = {
  hasGeneration: true,
  needsVersionOnUpdate: true,
  answersDeletedObject: false,
  takesMetadataThroughStatus: false,
  nameRule: "subdomain",
};

/** What an established definition serves: one resource for each of its served versions. */
export function customResources(definition: Definition, convert: Converter): ServedResource[] {
  const { spec } = definition;
  const schemas = new Map(spec.versions.map((version) => [version.name, lazySchema(version)]));
  const stored = storageVersion(spec);
  return spec.versions
    .filter((version) => version.served)
    .map((version) => {
      const codec = codecOf(definition, version.name, stored, schemas, convert);
      return served(definition, version, codec, schemas.get(version.name) ?? (() => undefined));
    });
}

type LazySchema = () => CompiledSchema | undefined;

/** Compiling costs; most versions of most definitions are never asked for. */
function lazySchema({ schema }: DefinitionVersion): LazySchema {
  const props = schema?.openAPIV3Schema;
  if (props === undefined) return () => undefined;
  let compiled: CompiledSchema | undefined;
  return () => {
    compiled ??= compileSchema(props);
    return compiled;
  };
}

function served(
  { spec, metadata }: Definition,
  version: DefinitionVersion,
  codec: Codec,
  schema: LazySchema,
): ServedResource {
  const { names } = spec;
  const isTerminating = metadata.deletionTimestamp !== undefined;
  return {
    group: spec.group,
    version: version.name,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: spec.scope === "Namespaced",
    verbs: isTerminating ? STORED_VERBS.filter((verb) => verb !== "create") : STORED_VERBS,
    storage: `${names.plural}.${spec.group}`,
    custom: true,
    subresources: {
      status: version.subresources?.status !== undefined,
      scale: version.subresources?.scale,
    },
    codec,
    strategy: STRATEGY,
    get schema() {
      return schema();
    },
    openApiSchema: version.schema?.openAPIV3Schema,
    columns: columnsOfCrd(version.additionalPrinterColumns),
    mergeKeys: () => undefined,
    fields: selectableFields(version),
    ...(version.deprecated === true
      ? { deprecation: deprecationOf(spec.group, version, names.kind) }
      : {}),
  };
}

function selectableFields(version: DefinitionVersion): ServedResource["fields"] {
  const paths = (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, ""));
  return new Map(paths.map((path) => [path, fieldAt(path)]));
}

function deprecationOf(group: string, version: DefinitionVersion, kind: string): string {
  return version.deprecationWarning ?? `${group}/${version.name} ${kind} is deprecated`;
}

function codecOf(
  { spec }: Definition,
  version: string,
  stored: string,
  schemas: ReadonlyMap<string, LazySchema>,
  convert: Converter,
): Codec {
  const apiVersion = groupVersion(spec.group, version);
  const storedApiVersion = groupVersion(spec.group, stored);
  const coerce = (object: KubeObject, to: string): KubeObject => {
    const schema = schemas.get(to)?.();
    schema?.prune(object);
    schema?.applyDefaults(object);
    return object;
  };
  const bring = async (objects: readonly KubeObject[], to: string) =>
    objects.every((object) => object.apiVersion === to) ? [...objects] : await convert(objects, to);
  return {
    isIdentity: false,
    encoded: new WeakMap(),
    fromStored: async (objects) =>
      (await bring(objects, apiVersion)).map((object) => coerce(object, version)),
    toStored: async (object) => {
      const [converted = object] = await bring([object], storedApiVersion);
      return version === stored ? converted : coerce(converted, stored);
    },
  };
}
