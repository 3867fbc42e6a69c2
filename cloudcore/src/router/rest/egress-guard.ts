import { lookup as resolveName } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { MapperkitError } from "@mapperkit/api";

/** This machine, its neighbours without a router between, and the metadata of clouds. */
const GUARDED = new BlockList();
GUARDED.addSubnet("0.0.0.0", 8, "ipv4");
GUARDED.addSubnet("127.0.0.0", 8, "ipv4");
GUARDED.addSubnet("169.254.0.0", 16, "ipv4");
GUARDED.addAddress("100.100.100.200", "ipv4");
GUARDED.addAddress("::", "ipv6");
GUARDED.addAddress("::1", "ipv6");
GUARDED.addSubnet("fe80::", 10, "ipv6");
GUARDED.addAddress("fd00:ec2::254", "ipv6");

/** Whether a rule may not send there unless its endpoint says `allow_local: "true"`. */
export function isGuarded(address: string): boolean {
  const family = isIP(address);
  return family === 0 || GUARDED.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** @throws MapperkitError `rejected` when the host is a guarded address; a name is checked when it is resolved. */
export function checkHost(hostname: string): void {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && isGuarded(host)) throw refusal(host, host);
}

/** Resolves a name, and gives nothing when any of its addresses is guarded: the one checked is the one dialled. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "");
    const bad = addresses.find(({ address }) => isGuarded(address));
    if (bad) return callback(refusal(hostname, bad.address), "");
    if (options.all) return callback(null, addresses);
    callback(null, addresses[0]?.address ?? "", addresses[0]?.family);
  });
};

function refusal(host: string, address: string): MapperkitError {
  return new MapperkitError(
    "rejected",
    `${host} is ${address}, which rules do not reach unless the RuleEndpoint has the property allow_local: "true"`,
  );
}
