#ifndef GODWIT_XS_PIPE_H
#define GODWIT_XS_PIPE_H

#include "host.h"

void pipeInstall(txMachine* rom);

#endif
