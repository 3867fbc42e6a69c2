import { PublishFrame } from "../wire/publish-frame.ts";

/** A message on its way to those who listen. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  /** Tells it from all others of this broker. */
  readonly number: number;
  readonly frame: PublishFrame;
}

export function newMessage(facts: Omit<Message, "frame">): Message {
  return { ...facts, frame: new PublishFrame(facts) };
}
