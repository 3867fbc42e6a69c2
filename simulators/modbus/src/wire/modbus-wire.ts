import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { SimProperty, WireProtocol, WireRequest } from "@mapperkit/sim-plant";
import { answerPdu } from "../pdu/answer-pdu.ts";
import type { DeviceQuirks } from "../pdu/device-quirks.ts";
import { RegisterMap } from "../registers/register-map.ts";
import type { Frame, Framing } from "./framing.ts";

interface UnitOnWire {
  readonly map: RegisterMap;
  readonly quirks: DeviceQuirks;
  /** The unit as which its device joined the bus: a device may have registers in several. */
  readonly device: number;
}

/** Modbus on the devices' side, for all the units of one bus. */
export class ModbusWire implements WireProtocol {
  readonly #framing: Framing;
  readonly #quirksOf: (unit: number) => DeviceQuirks;
  readonly #units = new Map<number, UnitOnWire>();
  readonly spoil: NonNullable<WireProtocol["spoil"]>;
  readonly spoils: NonNullable<WireProtocol["spoils"]>;

  constructor(framing: Framing, quirksOf: (unit: number) => DeviceQuirks = () => ({})) {
    this.#framing = framing;
    this.#quirksOf = quirksOf;
    this.spoils = framing.spoils;
    this.spoil = (answer, how) => framing.spoil(answer, how);
  }

  /** @throws MapperkitError `invalid_input` naming the property whose unit or address cannot be */
  joined(device: number, properties: readonly SimProperty[]): void {
    const groups = Map.groupBy(properties, (property) => unitOf(property, device));
    if (groups.size === 0) groups.set(device, []);
    for (const [unit, own] of groups) {
      const other = this.#units.get(unit);
      if (other && other.device !== device) throw taken(unit, own[0]?.name);
      const quirks = this.#quirksOf(device);
      this.#units.set(unit, { map: new RegisterMap(own, quirks), quirks, device });
    }
  }

  open(clock: Clock): (bytes: Uint8Array) => readonly WireRequest[] {
    const decode = this.#framing.open(clock);
    return (bytes) => decode(bytes).flatMap((frame) => this.#requestsOf(frame));
  }

  #requestsOf(frame: Frame): WireRequest[] {
    const isForAll = frame.unit === 0 && this.#framing.hasBroadcast;
    return this.#unitsMeant(frame.unit).map(({ device, map, quirks }) => ({
      unit: device,
      respond: (panel) => {
        const answer = frame.answer(answerPdu(frame.pdu, map.behind(panel), quirks));
        return isForAll ? undefined : answer;
      },
    }));
  }

  /** On TCP, 0 and 255 mean the device that has the socket, where there is but one. */
  #unitsMeant(unit: number): readonly UnitOnWire[] {
    const own = this.#units.get(unit);
    if (own) return [own];
    if (unit !== 0 && unit !== 255) return NOBODY;
    const all = [...this.#units.values()];
    if (this.#framing.hasBroadcast) return unit === 0 ? all : NOBODY;
    return all.length === 1 ? all : NOBODY;
  }
}

const NOBODY: readonly UnitOnWire[] = [];

function unitOf({ definition }: SimProperty, device: number): number {
  return Number(definition.visitors?.unitId ?? device);
}

function taken(unit: number, property = ""): MapperkitError {
  const field = `properties[${property}].visitors.unitId`;
  const message = `${field} is ${unit}, which is another device on this bus already`;
  return new MapperkitError("invalid_input", message, { details: { field } });
}
