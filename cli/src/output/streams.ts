/** Where a command writes; one call is one line or block, without its last newline. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}
