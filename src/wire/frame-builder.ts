import { ByteWriter } from './byte-writer.js';
import { FRAME_BYTES_MAX } from './constants.js';
import { frameHead, sealFrame } from './frame.js';

/** Builds one frame at a time in a buffer of its own. */
export class FrameBuilder extends ByteWriter {
  constructor() {
    super(new Uint8Array(FRAME_BYTES_MAX));
  }

  begin(kind: number): void {
    this.bytes[0] = frameHead(kind);
    this.at = 1;
  }

  /** Closes the frame; returns its length. */
  seal(seed: number): number {
    return sealFrame(this.bytes, this.at, seed);
  }
}
