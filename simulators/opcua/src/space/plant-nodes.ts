import type { Clock } from "@mapperkit/runtime";
import type { Panel, SimProperty } from "@mapperkit/sim-plant";
import {
  type AddressSpace,
  type Namespace,
  type UAObject,
  WellKnownRoles,
} from "node-opcua-address-space";
import {
  DataType,
  DataValue,
  makePermissionFlag,
  type StatusCode,
  StatusCodes,
  Variant,
  VariantArrayType,
} from "node-opcua-client";
import { type NodeForm, nodeFormOf } from "./node-form.ts";
import { placeProperty } from "./node-place.ts";
import { statusOf } from "./statuses.ts";

/** A device in the address space. */
export interface PlacedPlant {
  /** Browse name of its object. */
  readonly name: string;
  readonly panel: Panel;
  readonly properties: readonly SimProperty[];
}

export interface NodeRules {
  readonly clock: Clock;
  /** What anonymous clients may do. */
  readonly anonymousMayWrite: boolean;
  /** The fastest that a node is sampled, ms. */
  readonly samplingMs: number;
}

interface Shown {
  readonly key: string;
  readonly since: Date;
}

/** Puts a device into the address space: an object with one variable for each property. */
export function addPlant(space: AddressSpace, plant: PlacedPlant, rules: NodeRules): void {
  let object: UAObject | undefined;
  for (const property of plant.properties) {
    const { namespace, id } = placeProperty(property);
    const own = namespaceOf(space, namespace);
    object ??= own.addObject({
      browseName: plant.name,
      organizedBy: space.rootFolder.objects,
    });
    addProperty(own, object, `ns=${own.index};${id}`, { plant, property, rules });
  }
}

/**
 * Registers namespaces up to a number, where a visitor counts them. node-opcua's types hand out a
 * part of the class that they are.
 */
function namespaceOf(space: AddressSpace, namespace: string | number): Namespace {
  if (typeof namespace === "string") {
    return space.registerNamespace(namespace) as Namespace;
  }
  while (space.getNamespaceArray().length <= namespace) {
    space.registerNamespace(`urn:mapperkit:simulated:${space.getNamespaceArray().length}`);
  }
  return space.getNamespace(namespace) as Namespace;
}

interface Own {
  readonly plant: PlacedPlant;
  readonly property: SimProperty;
  readonly rules: NodeRules;
}

function addProperty(own: Namespace, object: UAObject, nodeId: string, of: Own): void {
  const { property, rules } = of;
  const { name, definition, isWritable } = property;
  const form = nodeFormOf(property);
  const access = isWritable ? "CurrentRead | CurrentWrite" : "CurrentRead";
  const options = {
    componentOf: object,
    ...{ browseName: name, nodeId, dataType: form.dataType },
    ...(form.isList && { valueRank: 1, arrayDimensions: [definition.arrayLength ?? 0] }),
    ...{ accessLevel: access, userAccessLevel: access },
    rolePermissions: permissionsOf(rules, isWritable),
    minimumSamplingInterval: rules.samplingMs,
  };
  const value = {
    timestamped_get: reader(form, of),
    ...(isWritable && { timestamped_set: writer(form, of) }),
  };
  const { minimum, maximum } = definition;
  if (minimum === undefined || maximum === undefined || property.kind !== "number") {
    own.addVariable({ ...options, value });
    return;
  }
  // Bounds are what a dead-band in percent is reckoned from.
  const range = { low: Number(minimum), high: Number(maximum) };
  const analog = own.addAnalogDataItem({
    ...options,
    engineeringUnitsRange: range,
    value: { dataType: form.dataType, value: range.low },
  });
  analog.bindVariable(value, true);
}

function permissionsOf({ anonymousMayWrite }: NodeRules, isWritable: boolean) {
  const read = makePermissionFlag("Browse | Read | ReadRolePermissions");
  const write = makePermissionFlag("Browse | Read | ReadRolePermissions | Write");
  const all = isWritable ? write : read;
  return [
    { roleId: WellKnownRoles.Anonymous, permissions: anonymousMayWrite ? all : read },
    { roleId: WellKnownRoles.Observer, permissions: read },
    { roleId: WellKnownRoles.Operator, permissions: all },
  ];
}

/** The source's time is when the value was last another. */
function reader(form: NodeForm, { plant, property, rules }: Own): () => DataValue {
  const { dataType, isList } = form;
  const arrayType = isList ? VariantArrayType.Array : VariantArrayType.Scalar;
  let shown: Shown | undefined;
  const since = (key: string) => {
    if (shown?.key !== key) shown = { key, since: new Date(rules.clock.now()) };
    return shown.since;
  };
  return () => {
    const reading = plant.panel.read(property.name);
    if ("refusal" in reading) {
      const statusCode = statusOf(reading.refusal);
      return new DataValue({ statusCode, sourceTimestamp: since(statusCode.name) });
    }
    const value = form.toNode(reading.value);
    const statusCode: StatusCode =
      reading.quality === "Good" ? StatusCodes.Good : StatusCodes.UncertainLastUsableValue;
    return new DataValue({
      value: new Variant({ dataType, arrayType, value }),
      statusCode,
      sourceTimestamp: since(`${statusCode.name} ${String(value)}`),
    });
  };
}

function writer(form: NodeForm, { plant, property }: Own) {
  return (written: DataValue, done: (error: null, status: StatusCode) => void): void => {
    const value = form.fromNode(written.value);
    if (value === undefined || written.value.dataType === DataType.Null) {
      done(null, StatusCodes.BadTypeMismatch);
      return;
    }
    const refusal = plant.panel.write(property.name, value);
    done(null, refusal === undefined ? StatusCodes.Good : statusOf(refusal));
  };
}
