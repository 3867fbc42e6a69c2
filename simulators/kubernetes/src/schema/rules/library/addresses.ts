import { BlockList, isIPv4, isIPv6, SocketAddress } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";

const CIDR = /^([0-9a-fA-F.:]+)\/(0|[1-9]\d{0,2})$/;

/** An IP address; zones and IPv4 in IPv6 are none, as for Kubernetes. */
class Ip {
  readonly text: string;
  readonly family: 4 | 6;

  constructor(text: string) {
    this.family = isIPv4(text) ? 4 : 6;
    this.text = new SocketAddress({
      address: text,
      family: this.family === 4 ? "ipv4" : "ipv6",
    }).address;
  }

  static parse(text: string): Ip | undefined {
    if (isIPv4(text)) return new Ip(text);
    return isIPv6(text) && !/[%.]/.test(text) ? new Ip(text) : undefined;
  }

  isIn(address: string, bits: number): boolean {
    if ((isIPv4(address) ? 4 : 6) !== this.family) return false;
    const type = this.family === 4 ? "ipv4" : "ipv6";
    const list = new BlockList();
    list.addSubnet(address, bits, type);
    return list.check(this.text, type);
  }
}

class Cidr {
  readonly ip: Ip;
  readonly bits: number;

  constructor(ip: Ip, bits: number) {
    this.ip = ip;
    this.bits = bits;
  }

  static parse(text: string): Cidr | undefined {
    const [, address = "", bits = ""] = CIDR.exec(text) ?? [];
    const ip = Ip.parse(address);
    if (ip === undefined || Number(bits) > (ip.family === 4 ? 32 : 128)) return undefined;
    return new Cidr(ip, Number(bits));
  }

  contains(ip: Ip): boolean {
    return ip.isIn(this.ip.text, this.bits);
  }
}

const IP = "net.IP";
const NET = "net.CIDR";

/** @see k8s.io/apiserver/pkg/cel/library/ip.go and cidr.go */
export function addAddressFunctions(env: Environment): void {
  env.registerType(IP, { ctor: Ip, fields: {} });
  env.registerType(NET, { ctor: Cidr, fields: {} });
  addIpFunctions(env);
  const cidr = (text: string) =>
    Cidr.parse(text) ?? fail("network address parse error during conversion from string", text);
  env.registerFunction("isCIDR(string): bool", (text: string) => Cidr.parse(text) !== undefined);
  env.registerFunction(`cidr(string): ${NET}`, cidr);
  env.registerFunction(`${NET}.containsIP(${IP}): bool`, (net: Cidr, ip: Ip) => net.contains(ip));
  env.registerFunction(`${NET}.containsIP(string): bool`, (net: Cidr, text: string) =>
    net.contains(readIp(text)),
  );
  const containsNet = (net: Cidr, other: Cidr) => other.bits >= net.bits && net.contains(other.ip);
  env.registerFunction(`${NET}.containsCIDR(${NET}): bool`, containsNet);
  env.registerFunction(`${NET}.containsCIDR(string): bool`, (net: Cidr, text: string) =>
    containsNet(net, cidr(text)),
  );
  env.registerFunction(`${NET}.ip(): ${IP}`, ({ ip }: Cidr) => ip);
  env.registerFunction(`${NET}.prefixLength(): int`, ({ bits }: Cidr) => BigInt(bits));
  env.registerFunction(`string(${NET}): string`, ({ ip, bits }: Cidr) => `${ip.text}/${bits}`);
}

function addIpFunctions(env: Environment): void {
  env.registerFunction("isIP(string): bool", (text: string) => Ip.parse(text) !== undefined);
  env.registerFunction(`ip(string): ${IP}`, readIp);
  env.registerFunction(`string(${IP}): string`, ({ text }: Ip) => text);
  env.registerFunction(`${IP}.family(): int`, ({ family }: Ip) => BigInt(family));
  const within = (v4: readonly [string, number], v6: readonly [string, number]) => (ip: Ip) =>
    ip.isIn(...(ip.family === 4 ? v4 : v6));
  const kinds = {
    isUnspecified: within(["0.0.0.0", 32], ["::", 128]),
    isLoopback: within(["127.0.0.0", 8], ["::1", 128]),
    isLinkLocalMulticast: within(["224.0.0.0", 24], ["ff02::", 16]),
    isLinkLocalUnicast: within(["169.254.0.0", 16], ["fe80::", 10]),
  };
  for (const [name, test] of Object.entries(kinds))
    env.registerFunction(`${IP}.${name}(): bool`, test);
  const isMulticast = within(["224.0.0.0", 4], ["ff00::", 8]);
  const isBroadcast = (ip: Ip) => ip.text === "255.255.255.255";
  env.registerFunction(
    `${IP}.isGlobalUnicast(): bool`,
    (ip: Ip) =>
      ![
        kinds.isUnspecified,
        kinds.isLoopback,
        kinds.isLinkLocalUnicast,
        isMulticast,
        isBroadcast,
      ].some((is) => is(ip)),
  );
}

function readIp(text: string): Ip {
  return Ip.parse(text) ?? fail("IP Address parse error during conversion from string", text);
}

function fail(why: string, text: string): never {
  throw new Error(`${why}: ${JSON.stringify(text)}`);
}
