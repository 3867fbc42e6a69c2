export {
  buildWithLibmodbus,
  hasProgram,
  hasPythonModule,
  run,
  SYSTEM_PYTHON,
} from "./foreign-program.ts";
export { openPtyPair } from "./pty-pair.ts";
