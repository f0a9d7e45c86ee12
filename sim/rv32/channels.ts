// Takes apart what a program that ends sends over its one line: text, reports, output, counters (board/channels.h).
const SWITCH = 0x0e;
const FIRST = '1';

export type Channels = {
  readonly stdout: string;
  readonly stderr: string;
  readonly output: Uint8Array;
  readonly counters: string;
  readonly instructions: string;
};

export function splitChannels(line: Uint8Array): Channels {
  const parts = new Map<string, number[]>();
  let current = FIRST;
  for (let index = 0; index < line.length; index++) {
    const byte = line[index]!;
    if (byte === SWITCH && line[++index] !== SWITCH) {
      if (index < line.length) current = String.fromCharCode(line[index]!);
      continue;
    }
    const bytes = parts.get(current);
    if (bytes === undefined) parts.set(current, [byte]);
    else bytes.push(byte);
  }
  const part = (name: string): Buffer => Buffer.from(parts.get(name) ?? []);
  return {
    stdout: part('1').toString(),
    stderr: part('2').toString(),
    output: new Uint8Array(part('o')),
    counters: part('c').toString(),
    instructions: part('i').toString(),
  };
}
