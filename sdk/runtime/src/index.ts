export type { Random } from "./chance/random.ts";
export type { Component } from "./component/component.ts";
export type { Log } from "./log/log.ts";
export type { Clock } from "./time/clock.ts";
export type { ByteStream, Transports } from "./transport/transports.ts";
