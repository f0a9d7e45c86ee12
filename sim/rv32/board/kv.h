// Values by key in two blocks of flash, as a log; format in SPEC.md. A write that power interrupts leaves the old value.
#ifndef GODWIT_KV_H
#define GODWIT_KV_H

#include <stdbool.h>
#include <stdint.h>

// A key is "domain/name". KV_LOG_BYTES of a block are used, so that looking through all of it stays short.
enum { KV_FIRST_BLOCK = 0, KV_BLOCKS = 2, KV_LOG_BYTES = 16384, KV_KEY_BYTES_MAX = 40, KV_VALUE_BYTES_MAX = 4000 };

typedef enum KvResult { KV_DONE = 0, KV_WRONG_SIZE, KV_FULL, KV_FLASH_FAILED } KvResult;

typedef struct KvCounters {
	uint32_t damaged; // records whose bytes are not what was written, since the start
	uint32_t compactions;
	uint32_t formats;
} KvCounters;

extern KvCounters gKvCounters;

// Finds the newest log; formats the flash where there is none.
KvResult kvOpen(void);
// The value in place, or NULL; it stays where it is until something is written.
const uint8_t* kvRead(const char* key, uint32_t* sizeBytes);
KvResult kvWrite(const char* key, const void* bytes, uint32_t sizeBytes);
KvResult kvDelete(const char* key);
// The first key with the prefix at or after `position`, as bytes without an end; NULL: no more. Moves `position`.
const char* kvNext(const char* prefix, uint32_t* position, uint32_t* keyBytes);

#endif
