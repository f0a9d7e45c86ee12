// A library module that uses what a bare board has not; loading it is no error, calling it is.
declare const console: { log(text: string): void };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

export function speak(): void {
  console.log('heard');
}

export function encode(): Uint8Array {
  return new TextEncoder().encode('é');
}
