#ifndef GODWIT_BOARD_NATIVES_H
#define GODWIT_BOARD_NATIVES_H

#include "host.h"

// The global `board`: what sim/rv32/modules make ECMA-419 classes of.
void boardNativesInstall(txMachine* rom);

#endif
