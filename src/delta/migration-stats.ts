/** What migrations cost. Full ones, incremental ones and their coding are counted apart, in the bytes that a state really has. */
export class MigrationStats {
  fullCount = 0;
  fullBytes = 0;
  incrementalCount = 0;
  incrementalBytes = 0;
  /** Bytes of the states in the changed pages, and of the snapshots that carried them. */
  uncompressedBytes = 0;
  compressedBytes = 0;
  totalMs = 0;

  /** A whole state went over. Throws RangeError for numbers that are negative or not finite. */
  recordFull(sizeBytes: number, durationMs: number): void {
    check(sizeBytes, durationMs);
    this.fullCount++;
    this.fullBytes += sizeBytes;
    this.totalMs += durationMs;
  }

  /** A snapshot went over. */
  recordIncremental(sizeBytes: number, durationMs: number): void {
    check(sizeBytes, durationMs);
    this.incrementalCount++;
    this.incrementalBytes += sizeBytes;
    this.totalMs += durationMs;
  }

  recordCompression(uncompressedBytes: number, compressedBytes: number): void {
    check(uncompressedBytes, compressedBytes);
    this.uncompressedBytes += uncompressedBytes;
    this.compressedBytes += compressedBytes;
  }

  /** Compressed by uncompressed bytes of the incremental migrations; 1 before the first. */
  get compressionRatio(): number {
    return this.uncompressedBytes === 0 ? 1 : this.compressedBytes / this.uncompressedBytes;
  }

  /** What the coding saved, in bytes; negative if it cost. */
  get savedBytes(): number {
    return this.uncompressedBytes - this.compressedBytes;
  }

  /** Bytes of all migrations per second; 0 while no time was recorded. */
  get throughputBytesPerSecond(): number {
    return this.totalMs === 0 ? 0 : ((this.fullBytes + this.incrementalBytes) * 1000) / this.totalMs;
  }

  reset(): void {
    this.fullCount = this.fullBytes = this.incrementalCount = this.incrementalBytes = 0;
    this.uncompressedBytes = this.compressedBytes = this.totalMs = 0;
  }
}

function check(first: number, second: number): void {
  if (Number.isFinite(first) && Number.isFinite(second) && first >= 0 && second >= 0) return;
  throw new RangeError(`migration stats: ${first} and ${second} must be numbers that are not negative`);
}
