import type { Clock } from "@mapperkit/runtime";
import type { UaConnection } from "../connection/ua-connection.ts";

/** Server_ServerStatus_State: every server has it, and every user may read it. */
const SERVER_STATE = "i=2259";

/**
 * Asks a server that said nothing for a while for its state: a connection that died without a word
 * is found out, and the session does not time out. Until the result is called.
 */
export function watchLife(connection: UaConnection, everyMs: number, clock: Clock): () => void {
  let isAsking = false;
  const ask = async () => {
    const heardAt = connection.session.lastResponseReceivedTime.getTime();
    if (isAsking || clock.now() - heardAt < everyMs) return;
    isAsking = true;
    try {
      await connection.call("asking for a sign of life", (session) =>
        session.readVariableValue(SERVER_STATE),
      );
    } finally {
      isAsking = false;
    }
  };
  return clock.every(everyMs, () => {
    // A connection that died half-open says so only by silence.
    ask().catch((error) => connection.lose(error));
  });
}
