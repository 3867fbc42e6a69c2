import { MapperkitError } from "@mapperkit/api";

/** Standard input, or what stands for it. */
export interface PasswordInput extends AsyncIterable<unknown> {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: "data", listener: (bytes: Buffer) => void): unknown;
  off(event: "data", listener: (bytes: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const BACKSPACES = new Set(["\b", "\u007f"]);

/**
 * A password: at a terminal one line that is not shown, else all there is, without its line end.
 * @throws MapperkitError `invalid_input` when it was broken off with Ctrl-C
 */
export async function readPassword(input: PasswordInput): Promise<string> {
  if (input.isTTY) return readUnseen(input);
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, "");
}

function readUnseen(input: PasswordInput): Promise<string> {
  return new Promise((resolve, reject) => {
    const typed: string[] = [];
    const end = (work: () => void) => {
      input.off("data", take);
      input.setRawMode?.(false);
      input.pause();
      work();
    };
    const take = (bytes: Buffer) => {
      for (const letter of bytes.toString()) {
        if (letter === "\r" || letter === "\n" || letter === CTRL_D) {
          return end(() => resolve(typed.join("")));
        }
        if (letter === CTRL_C) {
          return end(() => reject(new MapperkitError("invalid_input", "broken off")));
        }
        if (BACKSPACES.has(letter)) typed.pop();
        else typed.push(letter);
      }
    };
    input.setRawMode?.(true);
    input.on("data", take);
    input.resume();
  });
}
