// Two memories kept equal without a schema and without a link: the raw path, as a stranger to the project would use it.
import { deepStrictEqual, equal, notEqual } from 'node:assert/strict';
import { DeltaSink, DeltaSource, PageMemory, PagePool, StagedTarget, StoredDecoder, StoredEncoder } from 'godwit';

const SIZE_BYTES = 4000;
const CHUNK_BYTES = 100;
const EPOCH = 1;
const SESSION = 7;

const board = new PageMemory({ sizeBytes: SIZE_BYTES });
const head = new PageMemory({ sizeBytes: SIZE_BYTES });
const source = new DeltaSource(board, [new StoredEncoder()]);
const sink = new DeltaSink(new StagedTarget(head, new PagePool(16)), [new StoredDecoder()]);
const state = (memory: PageMemory): Uint8Array => memory.bytes.slice(0, memory.sizeBytes);

/** Sends one delta in chunks; `damage` is the number of the chunk in which a bit flips. Returns the sink's verdict. */
function send(sequence: number, damage = -1): number {
  equal(source.begin(EPOCH, SESSION, sequence - 1, sequence), true);
  sink.begin(EPOCH, SESSION, sequence - 1);
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let index = 0, count = source.produce(chunk, 0, CHUNK_BYTES); count > 0; index++, count = source.produce(chunk, 0, CHUNK_BYTES)) {
    if (index === damage) chunk[count - 1]! ^= 0x10;
    sink.consume(chunk, 0, count);
  }
  return sink.finish();
}

board.write(10, Uint8Array.of(1, 2, 3, 4, 5), 0, 5);
board.setU32(3996, 0xfeedface);
equal(send(1), 0);
deepStrictEqual(state(head), new Uint8Array(SIZE_BYTES));
sink.apply();
source.acknowledge();
deepStrictEqual(state(head), state(board));
equal(head.digest, board.digest);

const before = state(head);
for (let offset = 256; offset < 2048; offset += 64) board.setU32(offset, offset);
notEqual(send(2, 1), 0);
deepStrictEqual(state(head), before);
source.bringBack();
equal(send(2), 0);
sink.apply();
source.acknowledge();
deepStrictEqual(state(head), state(board));
equal(board.dirtyPageCount, 0);
