/** Something that a user wrote into a Device or its model and that cannot be obeyed. */
export interface DeviceFault {
  /** Path in the Device, e.g. `spec.properties[status].desired.value`. */
  field: string;
  property?: string;
  /** CamelCase, fit for a condition's reason. */
  reason: string;
  /** Names field, value and expectation. */
  message: string;
}
