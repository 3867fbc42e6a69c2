import { connect } from "node:net";

/** Asks a virtual counter itself, past everything of ours. */
export function askCounter(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\n`));
    socket.setEncoding("utf8").on("error", reject);
    socket.on("data", (text: string) => {
      socket.destroy();
      resolve(text.trim());
    });
  });
}
