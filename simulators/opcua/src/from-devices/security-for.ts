import type { SecurityOptions } from "../server/security.ts";
import type { DevicePlace } from "./device-place.ts";

type Policies = NonNullable<SecurityOptions["policies"]>;
type Modes = NonNullable<SecurityOptions["modes"]>;

const USUAL: Policies = ["Basic256Sha256", "Aes256_Sha256_RsaPss"];

/** A server that lets these devices in as they mean to come, and nobody else. */
export function securityFor(places: readonly DevicePlace[]): SecurityOptions {
  const modes: Modes = [...new Set(places.map(({ mode }) => mode))];
  const named = places.flatMap(({ policy }) => (policy === undefined ? [] : [policy]));
  const wanted = named.length > 0 ? named : USUAL;
  const policies: Policies = modes.includes("None") ? ["None", ...wanted] : wanted;
  const users = new Map(places.flatMap(({ user }) => (user ? [[user.name, user] as const] : [])));
  const isAnonymous = places.some(({ user, hasUserCertificate }) => !user && !hasUserCertificate);
  return {
    modes,
    policies: [...new Set(policies)],
    users: [...users.values()],
    anonymous: isAnonymous ? "write" : "none",
  };
}
