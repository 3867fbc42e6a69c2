import { MapperkitError } from "@mapperkit/api";
import type { Block } from "@mapperkit/sdk";
import type { ModbusLink } from "./client/modbus-link.ts";
import type { ModbusConfig } from "./config/modbus-config.ts";
import { ALL_UNITS } from "./config/modbus-visitor.ts";
import { dataOf, isUnknownFunction, refuseException } from "./pdu/answers.ts";
import {
  maskRequest,
  readRequest,
  readWriteRequest,
  writeCoilRequest,
  writeCoilsRequest,
  writeRegisterRequest,
  writeRegistersRequest,
} from "./pdu/requests.ts";
import { isSpace } from "./pdu/spaces.ts";

type WriteBlock = Block & { readonly data: Uint8Array };

/** Longest writes of the protocol, in addresses. */
const MOST_WRITTEN = { coil: 1968, holdingRegister: 123, readWrite: 121 } as const;

export interface SessionParts {
  readonly link: ModbusLink;
  /** Of the device that opened the session; of a unit, where it has its own. */
  readonly config: ModbusConfig;
  readonly configs: ReadonlyMap<number, ModbusConfig>;
}

/** Reads and writes blocks of the units behind one link. */
export class ModbusSession {
  readonly #parts: SessionParts;
  /** Units that turned out to have no function 22. */
  readonly #withoutMask = new Set<number>();
  /** What one operation read before it writes: reading and writing back share their signal. */
  readonly #before = new WeakMap<AbortSignal, Uint8Array>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** @throws MapperkitError with `details.reason`, the quality that the values then have */
  async read(block: Block, signal: AbortSignal): Promise<Uint8Array> {
    const { unit, space, start, length } = block;
    if (!isSpace(space)) throw new MapperkitError("unsupported", `space is ${space}`);
    this.#refuseAnswerOfAll(unit);
    const request = readRequest(space, start, length);
    const data = dataOf(await this.#request(unit, request, signal), titleOf("reading", block));
    if (space === "holdingRegister" && length === 1) this.#before.set(signal, data);
    return data;
  }

  /** @throws MapperkitError `rejected` or `unsupported` when that is final */
  async write(block: WriteBlock, signal: AbortSignal): Promise<void> {
    const { unit } = block;
    if (await this.#writeByMask(block, signal)) return;
    const request = writeRequest(block, this.#configOf(unit).writeWith ?? "auto");
    if (unit === ALL_UNITS && !this.#isDeviceOwn(unit)) {
      await this.#parts.link.broadcast(request);
      return;
    }
    refuseException(await this.#request(unit, request, signal), titleOf("writing", block));
  }

  async close(): Promise<void> {
    await this.#parts.link.close();
  }

  /** Changes only the bits that are meant, so that nobody's change in between is undone. */
  async #writeByMask(block: WriteBlock, signal: AbortSignal): Promise<boolean> {
    const { unit, start, data } = block;
    const before = this.#before.get(signal);
    const isWanted = this.#configOf(unit).maskWrite === true && !this.#withoutMask.has(unit);
    if (!before || !isWanted || data.length !== before.length) return false;
    const [old, wanted] = [wordOf(before), wordOf(data)];
    const changed = old ^ wanted;
    const request = maskRequest(start, ~changed & 0xffff, wanted & changed);
    try {
      refuseException(await this.#request(unit, request, signal), titleOf("writing", block));
      return true;
    } catch (error) {
      if (!isUnknownFunction(error)) throw error;
      this.#withoutMask.add(unit);
      return false;
    }
  }

  #request(unit: number, pdu: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const { timeoutMs } = this.#configOf(unit);
    return this.#parts.link.request(unit, pdu, { timeoutMs, signal });
  }

  #configOf(unit: number): ModbusConfig {
    return this.#parts.configs.get(unit) ?? this.#parts.config;
  }

  /** On TCP, 0 may be the number of the device at the socket itself. */
  #isDeviceOwn(unit: number): boolean {
    return this.#parts.configs.has(unit);
  }

  #refuseAnswerOfAll(unit: number): void {
    if (unit !== ALL_UNITS || this.#isDeviceOwn(unit)) return;
    const message = "a broadcast has no answer: the property must say writeOnly: true";
    throw new MapperkitError("unsupported", message, { details: { reason: "illegalAddress" } });
  }
}

function writeRequest(block: WriteBlock, how: NonNullable<ModbusConfig["writeWith"]>): Uint8Array {
  const { space, start, length, data } = block;
  if (space !== "coil" && space !== "holdingRegister") {
    throw new MapperkitError("unsupported", `space is ${space}, which cannot be written`);
  }
  const most =
    how === "readWrite" && space !== "coil" ? MOST_WRITTEN.readWrite : MOST_WRITTEN[space];
  if (length > most) {
    const message = `${titleOf("writing", block)}: ${most} addresses at most go into one request`;
    throw new MapperkitError("unsupported", message);
  }
  const isSingle = length === 1 && how === "auto";
  if (space === "coil") {
    if (isSingle) return writeCoilRequest(start, ((data[0] ?? 0) & 1) === 1);
    return writeCoilsRequest(start, length, data);
  }
  if (how === "readWrite") return readWriteRequest(start, data);
  return isSingle ? writeRegisterRequest(start, data) : writeRegistersRequest(start, data);
}

function titleOf(doing: string, { unit, space, start, length }: Block): string {
  const which = length === 1 ? `${start}` : `${start} to ${start + length - 1}`;
  return `${doing} ${space} ${which} of unit ${unit}`;
}

function wordOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}
