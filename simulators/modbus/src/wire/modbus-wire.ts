import type { Panel, SimProperty, WireProtocol, WireRequest } from "@mapperkit/sim-plant";
import { answerPdu } from "../pdu/answer-pdu.ts";
import type { DeviceQuirks } from "../pdu/device-quirks.ts";
import { RegisterMap } from "../registers/register-map.ts";
import type { Frame, Framing } from "./framing.ts";

interface UnitOnWire {
  readonly map: RegisterMap;
  readonly quirks: DeviceQuirks;
}

/** Modbus on the devices' side, for all the units of one bus. */
export class ModbusWire implements WireProtocol {
  readonly #framing: Framing;
  readonly #units = new Map<number, UnitOnWire>();
  readonly spoil: NonNullable<WireProtocol["spoil"]>;
  readonly spoils: NonNullable<WireProtocol["spoils"]>;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.spoils = framing.spoils;
    this.spoil = (answer, how) => framing.spoil(answer, how);
  }

  /** @throws MapperkitError `invalid_input` naming the property whose address cannot be */
  add(unit: number, properties: readonly SimProperty[], quirks: DeviceQuirks): void {
    this.#units.set(unit, { map: new RegisterMap(properties, quirks), quirks });
  }

  open(): (bytes: Uint8Array) => readonly WireRequest[] {
    const decode = this.#framing.open();
    return (bytes) => decode(bytes).flatMap((frame) => this.#requestsOf(frame));
  }

  #requestsOf(frame: Frame): WireRequest[] {
    const numbers = this.#unitsMeant(frame.unit);
    const isForAll = frame.unit === 0 && this.#framing.hasBroadcast;
    return numbers.map((unit) => ({
      unit,
      respond: (panel) => {
        const answer = this.#answer(unit, frame, panel);
        return isForAll ? undefined : answer;
      },
    }));
  }

  /** On TCP, 0 and 255 mean the device that has the socket, where there is but one. */
  #unitsMeant(unit: number): number[] {
    const all = [...this.#units.keys()];
    if (this.#units.has(unit)) return [unit];
    if (this.#framing.hasBroadcast) return unit === 0 ? all : [];
    return (unit === 0 || unit === 255) && all.length === 1 ? all : [];
  }

  #answer(unit: number, frame: Frame, panel: Panel): Uint8Array | undefined {
    const own = this.#units.get(unit);
    if (!own) return undefined;
    return frame.answer(answerPdu(frame.pdu, own.map.behind(panel), own.quirks));
  }
}
