import type { DevicePlan } from "../device-plan/device-plan.ts";
import type { Driver } from "../driver/driver.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import type { EndpointUser } from "../endpoint/endpoint-parts.ts";

/** A session of the device's endpoint, leased. */
export interface EndpointLease {
  readonly endpoint: Endpoint;
  release(): Promise<void>;
}

/** Who works over a session; what its device can take is in its plan. */
export type SessionUser = Omit<EndpointUser, "limits">;

/** The build of the mapper that a device session works with. */
export interface SessionBuild {
  createDriver(plan: DevicePlan): Driver;
  acquire(plan: DevicePlan, user: SessionUser): EndpointLease;
}
