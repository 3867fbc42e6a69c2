import type { Refusal } from "@mapperkit/sim-plant";
import { type StatusCode, StatusCodes } from "node-opcua-client";

/** What a device that refuses says in OPC UA. */
export function statusOf(refusal: Refusal): StatusCode {
  switch (refusal) {
    case "busy":
      return StatusCodes.BadResourceUnavailable;
    case "noSuchProperty":
      return StatusCodes.BadNodeIdUnknown;
    case "readOnly":
      return StatusCodes.BadNotWritable;
    case "illegalValue":
      return StatusCodes.BadOutOfRange;
    case "badQuality":
      return StatusCodes.BadSensorFailure;
    default:
      return StatusCodes.BadDeviceFailure;
  }
}
