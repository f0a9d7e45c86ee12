// Every number of the frame format, version 1. SPEC.md, "Frames".

/**
 *      7   6     5      4 .. 0
 *   [version=1][auth=0][ kind ]
 */
export const WIRE_VERSION = 1;
export const HEAD_VERSION_SHIFT = 6;
export const HEAD_AUTHENTICATED = 0x20;
export const HEAD_KIND_MASK = 0x1f;
export const HEAD_BASE = WIRE_VERSION << HEAD_VERSION_SHIFT;

export const KIND_HELLO = 1;
export const KIND_WELCOME = 2;
export const KIND_REFUSED = 3;
export const KIND_DELTA_ONLY = 4;
export const KIND_DELTA_FIRST = 5;
export const KIND_DELTA_MIDDLE = 6;
export const KIND_DELTA_LAST = 7;
export const KIND_DELTA_ACK = 8;
export const KIND_HASHES = 9;
export const KIND_DIFFS = 10;
export const KIND_HEARTBEAT = 11;
export const KIND_SCHEMA = 12;
export const KIND_SCHEMA_REQUEST = 13;
export const KIND_OUTPUT = 14;
export const KIND_INPUT = 15;
export const KIND_ERROR = 16;
export const KIND_NO_SESSION = 17;
export const KIND_DELTA_ASK = 18;
/** These two belong to the serial line itself, and no link takes them. */
export const KIND_ENROL = 19;
export const KIND_ENROLLED = 20;
export const KIND_ACTIVATE = 21;
export const KIND_FREEZE = 22;
export const KIND_FROZEN = 23;
export const KIND_THAW = 24;
export const KIND_RETIRE = 25;
export const KIND_MAX = 25;

/** First byte under the check of a frame: the way it goes. */
export const DIRECTION_UP = 1;
export const DIRECTION_DOWN = 2;

export const HEAD_BYTES = 1;
export const CRC_BYTES = 4;
export const FRAME_BYTES_MIN = HEAD_BYTES + CRC_BYTES;
/** Most bytes of a delta message in one frame. */
export const FRAME_PAYLOAD_MAX = 256;
export const FRAME_BYTES_MAX = 280;
/** A frame on a serial line: COBS adds 1 byte per 254, a leading and a closing 0x00 delimit it. */
export const SERIAL_BYTES_MAX = FRAME_BYTES_MAX + 4;

export const ID_BYTES = 16;
export const FINGERPRINT_BYTES = 8;
export const AGENT_NAME_BYTES_MAX = 32;
export const LINK_NAME_CHARS_MAX = 32;
/** Bytes of an input message or of an immediate output: what fits into one frame beside its number. */
export const MESSAGE_BYTES_MAX = 240;
export const ERROR_TEXT_BYTES_MAX = 128;
export const SCHEMA_BYTES_MAX = 65536;
export const STATE_BYTES_MAX = 16 * 1024 * 1024;
/** Newest epoch and sequence that a board may say it has: 2^20 epochs with sequences of their own lie above (see link/epoch-line). */
export const EPOCH_MAX = 2 ** 31;
export const SEQUENCE_MAX = 2 ** 53 - 2 ** 41;
/** Frames that a selective acknowledgement can name beyond the ones received in order. */
export const SACK_FRAMES_MAX = 64;
/** Page hashes in one HASHES frame. */
export const HASHES_PER_FRAME = 64;
export const WINDOW_FRAMES_MAX = 64;

export const HELLO_HOLDS_PAGES = 0x01;
export const HELLO_PARTIAL_PAGES = 0x02;
export const HELLO_RUNTIME_BLOCK = 0x04;
export const HELLO_DIVERGED = 0x08;
export const HELLO_UNDECIDED = 0x10;
export const HELLO_SCHEMA = 0x20;
/** The board runs no agent. The agent's id is zeros, or that of the agent that it is being prepared with. */
export const HELLO_VACANT = 0x40;
/** The board runs no turns until it is thawed. */
export const HELLO_FROZEN = 0x80;

/** The agent runs under a lease, whose length ends the hello. */
export const FEATURE_LEASE = 0x01;
export const FEATURES_KNOWN = 0x01;
export const LEASE_MS_MIN = 100;
export const LEASE_MS_MAX = 86_400_000;

export const ACTION_FRESH = 1;
export const ACTION_CONTINUE = 2;
export const ACTION_CONTINUE_UNDECIDED = 3;
export const ACTION_RESYNC = 4;
export const ACTION_REFILL = 5;
/** Only to a vacant board: fill your pages with this agent's, and do not run. */
export const ACTION_PREPARE = 6;
export const ACTION_MAX = 6;

/** The host keeps pages of a torn delta: hashes of dirty pages first, then only what differs. */
export const WELCOME_STAGED = 0x01;
export const WELCOME_FLAGS_KNOWN = 0x01;

export const REFUSED_CLONE = 1;
export const REFUSED_FENCED = 2;
export const REFUSED_NOT_OWNER = 3;
export const REFUSED_SIZE = 4;
export const REFUSED_FINGERPRINT = 5;
export const REFUSED_BUSY = 6;
/** To a vacant board: there is nothing for it. */
export const REFUSED_VACANT = 7;
/** The agent runs elsewhere, in a newer epoch: give it up and become vacant. */
export const REFUSED_RETIRED = 8;
export const REFUSED_MAX = 8;

export const ACK_DONE = 1;
export const ACK_PART = 2;
export const ACK_MISMATCH = 3;
export const ACK_NO_ROOM = 4;

/** The receiver of this heartbeat answers with one of its own. */
export const HEARTBEAT_ANSWER = 0x01;
/** From a board: send nothing until I say something else. From a host: I hold; nothing follows this frame. */
export const HEARTBEAT_HOLD = 0x02;
/** A nonce follows; the answer repeats it. A lease runs from the instant at which the question was sent. */
export const HEARTBEAT_NONCE = 0x04;
export const HEARTBEAT_FLAGS_KNOWN = 0x07;

/** Ask who the board is; nothing changes. */
export const ENROL_QUERY = 0x01;
/** Settings that the board has already may be replaced. */
export const ENROL_REPLACE = 0x02;
/** The last piece: check the whole and store it. */
export const ENROL_COMMIT = 0x04;
export const ENROL_FLAGS_KNOWN = 0x07;
/** Settings in one ENROL frame: with it at most 81 bytes on the line, inside the 128 bytes of an ESP32's receive FIFO. */
export const ENROL_CHUNK_BYTES_MAX = 64;

/** Answer to a query. */
export const ENROLLED_KNOWN = 1;
/** Taken; go on at the offset named. */
export const ENROLLED_MORE = 2;
/** Checked and stored. */
export const ENROLLED_DONE = 3;
/** The board has settings, and REPLACE was not said. */
export const ENROLLED_ALREADY = 4;
/** The settings are not sound: a fault and a field say why. Nothing has changed. */
export const ENROLLED_REFUSED = 5;
/** Sound, but the board's storage did not take them. */
export const ENROLLED_NOT_STORED = 6;
export const ENROLLED_CODE_MAX = 6;

/** The board has settings; without it ids, link name and link are empty. */
export const ENROLLED_HAS_SETTINGS = 0x01;
export const ENROLLED_FLAGS_KNOWN = 0x01;
