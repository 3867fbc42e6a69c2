/** The four spaces of the Modbus Application Protocol, and the function that reads each. */
export const readFunctions = {
  coil: 1,
  discreteInput: 2,
  holdingRegister: 3,
  inputRegister: 4,
} as const;
export type Space = keyof typeof readFunctions;
export const spaces = Object.keys(readFunctions) as Space[];

export function isSpace(word: unknown): word is Space {
  return typeof word === "string" && Object.hasOwn(readFunctions, word);
}

export function isOfBits(space: Space): boolean {
  return space === "coil" || space === "discreteInput";
}
