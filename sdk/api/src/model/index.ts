export { coil, discreteInput, holding, input, type Space } from "./addresses.ts";
export {
  type ByteOrder,
  byteOrders,
  type DataType,
  dataTypes,
  isDataType,
  isNumericType,
  numericForms,
  type TypeMap,
} from "./data-type.ts";
export { findDefinitionFaults, findPropertyFaults } from "./definition-faults.ts";
export {
  type DeviceModelPlace,
  propertyTypeOf,
  toDeviceModel,
  toModelDefinition,
  toPropertyDefinition,
} from "./device-model-object.ts";
export { parseDuration } from "./duration.ts";
export {
  defineModel,
  type ModelDefinition,
  type PropertyDefinition,
  type PropertyDefinitions,
  type Readable,
  type StructField,
  type ValueOf,
  type VerifyRule,
  type Visitors,
  type Writable,
} from "./model-definition.ts";
export { findWireFaults } from "./model-faults.ts";
export { addressCountOf, byteLengthOf } from "./property-extent.ts";
export {
  factKeys,
  type PropertyFacts,
  propertyFacts,
  type ReadFacts,
  readPropertyFacts,
} from "./property-facts.ts";
