// What is read from outside while the board is stopped (probe.ts): where the state and the program's words are, and how much of the
// engine's memory is in use. Valid while isBusy is 0; in a round of the loop the engine may move what the addresses point at.
#ifndef GODWIT_PROBE_H
#define GODWIT_PROBE_H

#include "host.h"

enum { PROBE_MAGIC = 0x42525047 };

typedef struct Probe {
	uint32_t magic, isBusy, stateAddress, stateBytes, wordsAddress, wordCount;
	uint32_t slots, slotsPeak, chunkBytes, chunkBytesPeak, collections, arenaFreeBytes, serialDropped, rounds, keyValueDamaged, keyValueFormats;
} Probe;

extern volatile Probe gProbe;

void probeRegister(txMachine* the, txSlot* state, txSlot* words);
void probeKeep(txMachine* the);

#endif
