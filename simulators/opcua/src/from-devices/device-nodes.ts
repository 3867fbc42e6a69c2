import {
  type DeviceModel,
  MapperkitError,
  type ModelDefinition,
  type ModelProperty,
  type PropertyDefinition,
  toPropertyDefinition,
} from "@mapperkit/api";
import { simPropertiesOf, type WantedDevice } from "@mapperkit/sim-plant";
import { nodeFormOf } from "../space/node-form.ts";
import { placeProperty } from "../space/node-place.ts";

const INT32_MOST = 2 ** 31;

/**
 * What a Device says of its nodes, visitors of either era, as a model. Properties that have no
 * visitor and that the Device does not list are left out.
 * @throws MapperkitError `invalid_input` whose `details` name property and key
 */
export function nodesOf({ device, model }: WantedDevice): ModelDefinition {
  const own = new Map(device.spec?.properties?.map((entry) => [entry.name, entry.visitors]));
  const properties: Record<string, PropertyDefinition> = {};
  for (const property of model.spec?.properties ?? []) {
    const visitors = own.get(property.name) ?? property.visitors;
    if (!visitors?.configData && !own.has(property.name)) continue;
    properties[property.name] = definitionOf(property, visitors?.configData ?? {});
  }
  refuseUnknown(own.keys(), model);
  const definition = { name: model.metadata.name, properties };
  for (const property of simPropertiesOf(definition)) {
    located(property.name, () => {
      placeProperty(property);
      nodeFormOf(property);
    });
  }
  return definition;
}

/** Integers that say no width are 32 bits wide, unless their bounds need more. */
function definitionOf(
  property: ModelProperty,
  given: Readonly<Record<string, unknown>>,
): PropertyDefinition {
  const { dataType, fields } = given;
  const isLoose = property.type === "INT" && dataType === undefined && fields === undefined;
  const width = isWide(property) ? "int64" : "int32";
  const configData = isLoose ? { ...given, dataType: width } : given;
  return located(property.name, () =>
    toPropertyDefinition({ ...property, visitors: { configData } }),
  );
}

function isWide({ minimum, maximum }: ModelProperty): boolean {
  return [minimum, maximum].some(
    (bound) => bound !== undefined && Math.abs(Number(bound)) >= INT32_MOST,
  );
}

function located<T>(property: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof MapperkitError)) throw cause;
    const details = { ...cause.details, property };
    throw new MapperkitError(cause.code, cause.message, { cause, details });
  }
}

function refuseUnknown(listed: Iterable<string>, model: DeviceModel): void {
  const known = new Set(model.spec?.properties?.map(({ name }) => name));
  for (const property of listed) {
    if (known.has(property)) continue;
    const message = `property ${property} is not in the model ${model.metadata.name}`;
    throw new MapperkitError("invalid_input", message, { details: { property } });
  }
}
