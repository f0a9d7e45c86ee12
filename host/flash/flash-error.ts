/** A board could not be written, or must not be: the text says what and why. */
export class FlashError extends Error {
  override readonly name = 'FlashError';
}
