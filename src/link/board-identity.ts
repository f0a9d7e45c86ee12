import {
  AGENT_NAME_BYTES_MAX,
  FINGERPRINT_BYTES,
  HELLO_RUNTIME_BLOCK,
  HELLO_SCHEMA,
  ID_BYTES,
  SCHEMA_BYTES_MAX,
  WINDOW_FRAMES_MAX,
} from '../wire/constants.js';
import { FIFO_BYTES_MAX, HelloMessage } from '../wire/hello.js';
import type { BoardLinkOptions } from './board-options.js';

export const DEFAULT_FRAME_BYTES = 256;
export const FRAME_CHUNK_BYTES_MIN = 16;
export const DEFAULT_WINDOW_FRAMES = 3;
export const DEFAULT_FIFO_BYTES = 128;
const FIFO_BYTES_MIN = 64;

/** Bitmaps of the codecs that a board's deltas may be in. */
const CODECS_STORED = 1;
export const CODECS_ADAPTIVE = 3;

/** Flags of a hello that do not change while the board runs. */
export function identityFlags(options: BoardLinkOptions): number {
  return (options.runtimeBlock === true ? HELLO_RUNTIME_BLOCK : 0) | (options.schemaBytes === undefined ? 0 : HELLO_SCHEMA);
}

/** A hello with everything that does not change while the board runs. Throws RangeError for options out of range. */
export function helloOf(options: BoardLinkOptions): HelloMessage {
  checkLength('boardId', options.boardId, ID_BYTES, ID_BYTES);
  checkLength('agentId', options.agentId, ID_BYTES, ID_BYTES);
  checkLength('agentName', options.agentName, 0, AGENT_NAME_BYTES_MAX);
  checkLength('fingerprint', options.fingerprint, FINGERPRINT_BYTES, FINGERPRINT_BYTES);
  if (options.schemaBytes !== undefined) checkLength('schemaBytes', options.schemaBytes, 1, SCHEMA_BYTES_MAX);
  if (options.retired !== undefined) checkLength('retired agentId', options.retired.agentId, ID_BYTES, ID_BYTES);
  const hello = new HelloMessage();
  hello.boardId.set(options.boardId);
  hello.agentId.set(options.agentId);
  hello.name.set(options.agentName);
  hello.nameBytes = options.agentName.length;
  hello.bootNonce = checkInteger('bootNonce', options.bootNonce, 0, 0xffffffff);
  hello.sizeBytes = options.memory.sizeBytes;
  hello.fingerprint.set(options.fingerprint);
  hello.fifoBytes = checkFifoBytes(options.fifoBytes);
  hello.windowFrames = checkInteger('windowFrames', options.windowFrames ?? DEFAULT_WINDOW_FRAMES, 1, WINDOW_FRAMES_MAX);
  hello.codecs = (options.compress ?? options.source === undefined) ? CODECS_ADAPTIVE : CODECS_STORED;
  return hello;
}

export function checkFifoBytes(fifoBytes = DEFAULT_FIFO_BYTES): number {
  return checkInteger('fifoBytes', fifoBytes, FIFO_BYTES_MIN, FIFO_BYTES_MAX);
}

export function checkInteger(name: string, value: number, from: number, to: number): number {
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new RangeError(`link: ${name} must be an integer from ${from} to ${to}, not ${value}`);
}

function checkLength(name: string, bytes: Uint8Array, from: number, to: number): void {
  if (bytes.length >= from && bytes.length <= to) return;
  const range = from === to ? `${from}` : `${from} to ${to}`;
  throw new RangeError(`link: ${name} must have ${range} bytes, not ${bytes.length}`);
}
