import { AdaptiveEncoder } from '../codec/adaptive-encoder.js';
import { StoredDecoder, StoredEncoder } from '../codec/stored.js';
import { DeltaSink } from '../delta/delta-sink.js';
import { DeltaSource } from '../delta/delta-source.js';
import { InPlaceTarget } from '../delta/in-place-target.js';
import { FRAME_PAYLOAD_MAX } from '../wire/constants.js';
import type { HelloMessage } from '../wire/hello.js';
import { CODECS_ADAPTIVE, checkInteger, DEFAULT_FRAME_BYTES, FRAME_CHUNK_BYTES_MIN, helloOf } from './board-identity.js';
import { BoardLease } from './board-lease.js';
import { BoardLine } from './board-line.js';
import { BoardMail } from './board-mail.js';
import type { BoardLinkOptions, BoardListener } from './board-options.js';
import { BoardOwnership } from './board-ownership.js';
import { BoardPulse } from './board-pulse.js';
import { BoardRefill } from './board-refill.js';
import type { SessionParts } from './board-session.js';
import { BoardUplink } from './board-uplink.js';
import type { LinkCounters } from './counters.js';
import { DeltaReceiver } from './delta-receiver.js';
import { DeltaSender } from './delta-sender.js';
import { FlowWindow } from './flow.js';
import { IdleScrub } from './idle-scrub.js';
import { Liveness } from './liveness.js';
import { PageCompare } from './page-compare.js';
import { ReceivePause } from './receive-pause.js';

export const DEFAULT_HEARTBEAT_MS = 1000;
export const DEFAULT_LINK_SILENT_MS = 5000;
export const DEFAULT_OUTPUT_CELLS = 4;

/** Everything that a board's link is made of, with all its buffers. Throws RangeError for options out of range. */
export interface BoardParts extends SessionParts {
  readonly hello: HelloMessage;
  readonly source: DeltaSource;
  /** Undefined where deltas are stored, or the source is the caller's. */
  readonly encoder: AdaptiveEncoder | undefined;
}

export function boardParts(options: BoardLinkOptions, listener: BoardListener, counters: LinkCounters): BoardParts {
  const frameBytes = checkInteger('frameBytes', options.frameBytes ?? DEFAULT_FRAME_BYTES, FRAME_CHUNK_BYTES_MIN, FRAME_PAYLOAD_MAX);
  const memory = options.memory;
  const hello = helloOf(options);
  const windowFrames = hello.windowFrames;
  const lease = new BoardLease(options.leaseMs ?? 0);
  hello.leaseMs = lease.leaseMs;
  const line = new BoardLine(memory, options.knownEpoch ?? 0);
  const isAdaptive = options.source === undefined && hello.codecs === CODECS_ADAPTIVE;
  const encoder = isAdaptive ? new AdaptiveEncoder() : undefined;
  const source = options.source ?? new DeltaSource(memory, [encoder ?? new StoredEncoder()]);
  // The host has no FIFO to spare: credit alone bounds what is on its way up.
  const upBytes = windowFrames * FRAME_PAYLOAD_MAX * 2;
  const sender = new DeltaSender(source, windowFrames, frameBytes, new FlowWindow(upBytes, upBytes), counters);
  const compare = new PageCompare(memory, sender.rtt);
  const sink = new DeltaSink(new InPlaceTarget(memory), [new StoredDecoder()]);
  const receiver = new DeltaReceiver(sink, windowFrames, FRAME_PAYLOAD_MAX, counters);
  const liveness = new Liveness(options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS, options.linkSilentMs ?? DEFAULT_LINK_SILENT_MS);
  return {
    hello,
    memory,
    line,
    source,
    encoder,
    uplink: new BoardUplink(memory, line, source, sender, compare, counters),
    refill: new BoardRefill(memory, sink, receiver, counters),
    compare,
    scrub: new IdleScrub(memory, compare, counters),
    mail: new BoardMail(options.outputCells ?? DEFAULT_OUTPUT_CELLS, options.schemaBytes, listener, counters),
    pulse: new BoardPulse(line, liveness, new ReceivePause(), lease, counters),
    ownership: new BoardOwnership(hello.agentId, options.vacant === true, options.retired),
    lease,
  };
}
