import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { Workload, Write } from './workload.js';

/** A state larger than this is no microcontroller's. */
export const TRACE_STATE_LIMIT_BYTES = 16 * 1024 * 1024;
/** Longest line of a trace: one commit that writes a whole state of the largest size a few times over. */
export const TRACE_LINE_LIMIT_BYTES = 64 * 1024 * 1024;
/** Most writes in one commit. */
export const TRACE_WRITES_LIMIT = 1_000_000;

const READ_BYTES = 65536;
const NEWLINE = 0x0a;
const NO_BASE64_DIGIT = /[^A-Za-z0-9+/]/;

/** What is wrong with a trace, and in which line. */
export class TraceError extends Error {
  constructor(path: string, line: number, message: string) {
    super(`${path}:${line}: ${message}`);
    this.name = 'TraceError';
  }
}

/**
 * Opens a recorded trace: JSON lines, first `{"size": bytes, "initial": base64}`, then per commit an array of
 * `[offset, base64]`. Commits are read and checked one by one; the first bad line throws a `TraceError`.
 */
export function readTrace(path: string): Workload {
  const lines = readLines(path);
  const first = lines.next();
  if (first.done === true) throw new TraceError(path, 1, 'empty: expected {"size": ..., "initial": ...}');
  const initial = parseHeader(path, first.value);
  function* commits(): Generator<readonly Write[]> {
    let lineNumber = 1;
    for (const line of lines) yield parseCommit(path, ++lineNumber, line, initial.length);
  }
  return { name: path, sizeBytes: initial.length, initial, commits: commits() };
}

/** Writes a workload as a trace; it is used up by that. */
export function writeTrace(path: string, workload: Workload): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, `${JSON.stringify({ size: workload.sizeBytes, initial: toBase64(workload.initial) })}\n`);
    for (const writes of workload.commits) {
      writeSync(file, `${JSON.stringify(writes.map(([offset, bytes]) => [offset, toBase64(bytes)]))}\n`);
    }
  } finally {
    closeSync(file);
  }
}

function parseHeader(path: string, line: string): Uint8Array {
  const header = parseJson(path, 1, line);
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new TraceError(path, 1, 'expected an object {"size": ..., "initial": ...}');
  }
  const { size, initial } = header as { size?: unknown; initial?: unknown };
  if (!isWhole(size) || size < 1 || size > TRACE_STATE_LIMIT_BYTES) {
    throw new TraceError(path, 1, `"size" must be a whole number of bytes, 1 to ${TRACE_STATE_LIMIT_BYTES}`);
  }
  const bytes = fromBase64(initial);
  if (bytes === undefined) throw new TraceError(path, 1, '"initial" must be base64');
  if (bytes.length !== size) throw new TraceError(path, 1, `"initial" has ${bytes.length} bytes, "size" says ${size}`);
  return bytes;
}

function parseCommit(path: string, lineNumber: number, line: string, sizeBytes: number): readonly Write[] {
  const commit = parseJson(path, lineNumber, line);
  if (!Array.isArray(commit)) throw new TraceError(path, lineNumber, 'expected an array of [offset, base64]');
  if (commit.length > TRACE_WRITES_LIMIT) throw new TraceError(path, lineNumber, `more than ${TRACE_WRITES_LIMIT} writes`);
  return commit.map((write: unknown, index) => {
    const where = `write ${index}`;
    if (!Array.isArray(write) || write.length !== 2) throw new TraceError(path, lineNumber, `${where}: expected [offset, base64]`);
    const offset: unknown = write[0];
    const bytes = fromBase64(write[1]);
    if (!isWhole(offset)) throw new TraceError(path, lineNumber, `${where}: offset must be a whole number, 0 or more`);
    if (bytes === undefined) throw new TraceError(path, lineNumber, `${where}: data must be base64`);
    if (offset + bytes.length > sizeBytes) {
      throw new TraceError(path, lineNumber, `${where}: ${offset} + ${bytes.length} bytes end past the state's ${sizeBytes}`);
    }
    return [offset, bytes];
  });
}

/** The lines of the file but for empty ones at its end. */
function* readLines(path: string): Generator<string> {
  let emptyLines = 0;
  for (const line of readAllLines(path)) {
    if (line.trim() === '') {
      emptyLines++;
      continue;
    }
    for (; emptyLines > 0; emptyLines--) yield '';
    yield line;
  }
}

/** Whole lines; never more than one line and one block in memory. */
function* readAllLines(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.alloc(READ_BYTES);
    let parts: Buffer[] = [];
    let partsBytes = 0;
    let lineNumber = 1;
    for (let length = readSync(file, block); length > 0; length = readSync(file, block)) {
      let start = 0;
      for (let end = block.indexOf(NEWLINE); end >= 0 && end < length; end = block.indexOf(NEWLINE, start)) {
        parts.push(Buffer.from(block.subarray(start, end)));
        yield Buffer.concat(parts).toString('utf8');
        parts = [];
        partsBytes = 0;
        start = end + 1;
        lineNumber++;
      }
      parts.push(Buffer.from(block.subarray(start, length)));
      partsBytes += length - start;
      if (partsBytes > TRACE_LINE_LIMIT_BYTES) throw new TraceError(path, lineNumber, `line longer than ${TRACE_LINE_LIMIT_BYTES} bytes`);
    }
    if (partsBytes > 0) yield Buffer.concat(parts).toString('utf8');
  } finally {
    closeSync(file);
  }
}

function parseJson(path: string, lineNumber: number, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new TraceError(path, lineNumber, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function fromBase64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length % 4 !== 0) return undefined;
  // One expression for all of it would overflow the engine's stack on a state of a few MiB.
  const digitCount = text.search(NO_BASE64_DIGIT);
  if (digitCount >= 0 && !['=', '=='].includes(text.slice(digitCount))) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
