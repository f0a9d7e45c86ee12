// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text from a board, safe for a terminal: no control characters, no change of direction. */
export function printable(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}
