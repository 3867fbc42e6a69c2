import type { Socket } from "node:net";

/**
 * Ends the connection with a RST where that can be done, else with a close. Its `close` always comes.
 *
 * libuv refuses to reset a socket that is shutting down, and Node 24 then forgets the socket without
 * closing it: no `close` comes, the descriptor stays, and the process turns for ever in its own
 * clean-up when it should end. A reset asked for while connecting would come after such a shutdown.
 */
export function resetSocket(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
