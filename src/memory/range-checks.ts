/** Whether [offset, offset + length) lies inside [0, size), for any numbers: nothing is added that could overflow. */
export function isInside(offset: number, length: number, size: number): boolean {
  return Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
}

/** Throws RangeError unless the range lies inside a state of `sizeBytes`. */
export function checkStateRange(what: string, offset: number, length: number, sizeBytes: number): void {
  if (isInside(offset, length, sizeBytes)) return;
  throw new RangeError(`${what}: ${length} bytes at offset ${offset} do not lie inside the state of ${sizeBytes} bytes`);
}

/** Throws RangeError unless the range lies inside `buffer`. */
export function checkBufferRange(what: string, buffer: Uint8Array, at: number, count: number): void {
  if (isInside(at, count, buffer.length)) return;
  throw new RangeError(`${what}: ${count} bytes at ${at} do not lie inside the buffer of ${buffer.length} bytes`);
}

/** Throws RangeError unless `page` is one of `pageCount`. */
export function checkPage(what: string, page: number, pageCount: number): void {
  if (Number.isInteger(page) && page >= 0 && page < pageCount) return;
  throw new RangeError(`${what}: page ${page} does not exist; the state has ${pageCount}`);
}
