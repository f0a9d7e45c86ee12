#ifndef GODWIT_XS_COMPILE_H
#define GODWIT_XS_COMPILE_H

#include "host.h"

txScript* bytecodeCompile(txMachine* the, const char* sourcePath);
void bytecodeWrite(txScript* script, const char* path);

#endif
