// The board's loop: hands the program what happened, one thing a round, and rests in between.
#ifndef GODWIT_LOOP_H
#define GODWIT_LOOP_H

#include "host.h"

void loopNamesRegister(txMachine* rom);
// The program's one listener: an object with readable(count), writable(count) and wake().
void loopListen(txMachine* the, txSlot* listener);
bool loopHasListener(void);
void loopWakeAfter(txNumber delayMs);
void loopWritten(void);
void loopRun(txMachine* the) XS_FUNCTION_NORETURN;

#endif
