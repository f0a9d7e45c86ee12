// What a closed program is given, as board-main.c finds it behind the board's RAM:
//   u32 counts instructions · u32 arguments · u32 bytes of arguments, padding included · u32 has input · u32 bytes of input
//   arguments in UTF-8, a zero behind each, padded to a word · input
const HEADER_WORDS = 5;
const ARGUMENTS_MAX = 32;

export function runBlock(args: readonly string[], input: Uint8Array | undefined, countsInstructions: boolean): Uint8Array {
  if (args.length > ARGUMENTS_MAX) throw new RangeError(`more than ${ARGUMENTS_MAX} arguments`);
  const text = Buffer.from(args.map((argument) => `${argument}\0`).join(''));
  const argumentBytes = Math.ceil(text.length / 4) * 4;
  const block = Buffer.alloc(HEADER_WORDS * 4 + argumentBytes + (input?.length ?? 0));
  const header = [countsInstructions ? 1 : 0, args.length, argumentBytes, input === undefined ? 0 : 1, input?.length ?? 0];
  for (const [index, word] of header.entries()) block.writeUInt32LE(word, index * 4);
  text.copy(block, HEADER_WORDS * 4);
  if (input !== undefined) block.set(input, HEADER_WORDS * 4 + argumentBytes);
  return block;
}
