import type { ByteStream, Clock, Transports } from "@mapperkit/runtime";
import type { Transcript } from "./transcript.ts";

const NOTHING: Uint8Array = new Uint8Array();

/** Transports that write down everything that passes. */
export function recordingTransports(
  inner: Transports,
  transcript: Transcript,
  clock: Clock,
): Transports {
  let connections = 0;
  return {
    async tcp(target) {
      const stream = await inner.tcp(target);
      connections += 1;
      const facts = { connection: connections, peer: `${target.host}:${target.port}` };
      const note = (what: "open" | "sent" | "received" | "close", bytes = NOTHING) =>
        transcript.add({ atMs: clock.now(), ...facts, what, bytes });
      note("open");
      return recorded(stream, note);
    },
  };
}

function recorded(
  stream: ByteStream,
  note: (what: "sent" | "received" | "close", bytes?: Uint8Array) => void,
): ByteStream {
  let isClosed = false;
  return {
    async write(bytes, signal) {
      note("sent", Uint8Array.from(bytes));
      await stream.write(bytes, signal);
    },
    async *read(signal) {
      for await (const bytes of stream.read(signal)) {
        note("received", bytes);
        yield bytes;
      }
    },
    async close() {
      if (!isClosed) note("close");
      isClosed = true;
      await stream.close();
    },
  };
}
