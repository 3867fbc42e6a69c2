export { type ControlOptions, ControlServer } from "./control/control-server.ts";
export { FaultDesk, type ListedFault, type WantedFault } from "./control/fault-desk.ts";
export type {
  FarSide,
  FarSidePlace,
  FarSideProtocol,
  FarSideSurroundings,
  WantedDevice,
} from "./far-side/far-side.ts";
export { FaultBook, type InjectedFault } from "./faults/fault-book.ts";
export { faultKinds, parseFault } from "./faults/parse-fault.ts";
export type {
  FaultKind,
  FaultTiming,
  LinkFault,
  RefusalFault,
  ReplyFault,
  RestartFault,
  SessionFault,
  SimFault,
  SimQuality,
  ValueFault,
} from "./faults/sim-fault.ts";
export { plausibleSimulator } from "./from-model/plausible-simulator.ts";
export { LineServer, type LineServerOptions } from "./line/line-server.ts";
export { type Line, LineSplitter } from "./line/line-splitter.ts";
export { dailyCycle } from "./process/daily-cycle.ts";
export { Drift, type DriftOptions } from "./process/drift.ts";
export type { Plant } from "./simulated/plant.ts";
export { type SimProperty, simPropertiesOf } from "./simulated/sim-model.ts";
export type { SimSpec, TickEnvironment, WriteAnswer } from "./simulated/sim-spec.ts";
export type { SimWrite } from "./simulated/sim-unit.ts";
export {
  type DefinedSimulator,
  defineSimulator,
  type OverProtocol,
  type ServeOptions,
  type Simulator,
} from "./simulated/simulator.ts";
export { TickWheel } from "./time/tick-wheel.ts";
export type { BusClient, BusConnection } from "./wire/bus-client.ts";
export type { BusDoor } from "./wire/bus-door.ts";
export { type LineWireOptions, type LineWords, lineWire } from "./wire/line-wire.ts";
export { openMemoryDoor } from "./wire/memory-door.ts";
export { ONLY_UNIT, PlantBus } from "./wire/plant-bus.ts";
export { openTcpDoor, type TcpPlace } from "./wire/tcp-door.ts";
export type {
  Panel,
  Reading,
  Refusal,
  Spoiling,
  WireProtocol,
  WireRequest,
} from "./wire/wire-protocol.ts";
