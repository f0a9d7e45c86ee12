// Programs as bytecode (compile.c has the format): the names are registered in the ROM machine, and code and strings are read in place.
#include "host.h"

static const char MAGIC[4] = { 'G', 'X', 'B', '1' };
enum { HEADER_SIZE = 12 };

static txU4 get32(const txU1* p)
{
	return p[0] | ((txU4)p[1] << 8) | ((txU4)p[2] << 16) | ((txU4)p[3] << 24);
}

// Registers the names in `rom` and maps the code, where it lies, onto their ids; must come before the machine is shared.
txScript* bytecodeRead(txMachine* rom, uint8_t* bytes, size_t sizeBytes, const char* name)
{
	txScript* script = calloc(1, sizeof(txScript));
	txU4 nameBytes, codeBytes, count, i;
	txString symbol, end;
	txID* ids;
	if (sizeBytes < HEADER_SIZE || memcmp(bytes, MAGIC, 4))
		fail(EXIT_USAGE, "%s is not a bytecode file", name);
	nameBytes = get32(bytes + 4);
	codeBytes = get32(bytes + 8);
	if (nameBytes < sizeof(txID) || (uint64_t)nameBytes + codeBytes != sizeBytes - HEADER_SIZE)
		fail(EXIT_USAGE, "%s is cut short", name);
	symbol = (txString)bytes + HEADER_SIZE;
	end = symbol + nameBytes;
	count = (txU4)((txU1)symbol[0] | ((txU1)symbol[1] << 8));
	symbol += sizeof(txID);
	ids = calloc(count ? count : 1, sizeof(txID));
	ids[0] = XS_NO_ID;
	for (i = 1; i < count && symbol < end; i++) {
		ids[i] = fxNewNameC(rom, symbol);
		symbol += strlen(symbol) + 1;
	}
	script->codeBuffer = (txByte*)end;
	script->codeSize = (txSize)codeBytes;
	script->path = (txString)name;
	fxRemapIDs(rom, script->codeBuffer, script->codeSize, ids);
	free(ids);
	return script;
}

void bytecodeRun(txMachine* the, txScript* script)
{
	txSlot* realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
	fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference, C_NULL, mxProgram.value.reference);
	the->stack++;
}
