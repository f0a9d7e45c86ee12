// Both ends of each codec, made anew.
import { AdaptiveEncoder } from '../../../src/codec/adaptive-encoder.js';
import { ModelledDecoder } from '../../../src/codec/modelled-decoder.js';
import { NotingDecoder } from '../../../src/codec/noting-decoder.js';
import type { PayloadDecoder, PayloadEncoder } from '../../../src/codec/payload.js';
import { StoredDecoder, StoredEncoder } from '../../../src/codec/stored.js';

export type Codecs = { readonly encoder: PayloadEncoder; readonly decoders: readonly PayloadDecoder[] };

export function storedCodecs(): Codecs {
  return { encoder: new StoredEncoder(), decoders: [new StoredDecoder()] };
}

export function adaptiveCodecs(): Codecs {
  const modelled = new ModelledDecoder();
  return { encoder: new AdaptiveEncoder(), decoders: [new NotingDecoder(modelled), modelled] };
}
