// godwit-xs: compiles a script to bytecode, or runs bytecode on a machine with a board's memory.
//   godwit-xs compile SOURCE OUT
//   godwit-xs run [--rom FILE]... [--arena N] [--chunk N,N] [--heap N,N] [--stack N] [--keys N,N,N,N]
//                 [--input FILE] [--output FILE] [--counters FILE] PROGRAM [ARGUMENT]...
// A --rom script runs before the board exists; its heap is shared and read-only afterwards, as code preloaded into flash is.
#include "host.h"

Host gHost;

// Moddable's ESP32 manifest: what a bare board gives its one machine.
static txCreation boardCreation = {
	32768, 1024, // chunks: at start, then at least so many bytes
	2048, 64, // slots: at start, then so many
	512, // stack, in slots
	32, 32, 53, 3, // keys: at start, then so many; name and symbol buckets
	4096, 1993, // parser, unused on a board
	131072, // arena in bytes
};

enum { ROM_SCRIPTS_MAX = 16 };

void fail(int code, const char* format, ...)
{
	va_list arguments;
	fflush(stdout);
	fprintf(stderr, "godwit-xs: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(code);
}

uint8_t* fileRead(const char* path, size_t* sizeBytes)
{
	FILE* file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	size_t capacity = 65536, size = 0, got;
	uint8_t* bytes = malloc(capacity);
	if (!file)
		fail(EXIT_USAGE, "cannot read %s: %s", path, strerror(errno));
	while (bytes && (got = fread(bytes + size, 1, capacity - size, file)) > 0) {
		size += got;
		if (size == capacity)
			bytes = realloc(bytes, capacity *= 2);
	}
	if (!bytes)
		fail(EXIT_USAGE, "%s is too large", path);
	if (file != stdin)
		fclose(file);
	*sizeBytes = size;
	return bytes;
}

void hostExit(int code)
{
	fflush(stdout);
	countersWrite();
	exit(code);
}

static const char* abortReason(int status)
{
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		return "memory full";
	case XS_STACK_OVERFLOW_EXIT:
		return "stack overflow";
	case XS_NO_MORE_KEYS_EXIT:
		return "not enough keys";
	case XS_UNHANDLED_EXCEPTION_EXIT:
		return "unhandled exception";
	case XS_UNHANDLED_REJECTION_EXIT:
		return "unhandled rejection";
	default:
		return "fatal check";
	}
}

// Says what was thrown with its stack where it has one; a thrown value whose conversion throws again is named as such.
static void reportException(txMachine* the, const char* why)
{
	fflush(stdout);
	mxTry(the)
	{
		txString text;
		mxOverflow(-4);
		mxPush(mxException);
		if (mxIsReference(the->stack)) {
			mxDub();
			fxGetID(the, mxID(_stack));
			if (the->stack->kind == XS_STRING_KIND || the->stack->kind == XS_STRING_X_KIND)
				the->stack[1] = the->stack[0];
			mxPop();
		}
		text = fxToString(the, the->stack);
		fprintf(stderr, "godwit-xs: %s: %s\n", why, text);
		mxPop();
	}
	mxCatch(the)
	{
		fprintf(stderr, "godwit-xs: %s: a value that has no text\n", why);
	}
}

// XS comes here when it cannot go on; JavaScript's try and catch never see it.
void fxAbort(txMachine* the, int status)
{
	const char* reason = abortReason(status);
	const Arena* arena = the->arena;
	if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT) {
		reportException(the, reason);
		hostExit(EXIT_UNCAUGHT);
	}
	fflush(stdout);
	if (arena)
		fprintf(stderr, "godwit-xs: %s: %d slots of %d bytes, %d bytes of chunks (peak %d), arena %zu bytes with %zu free, %d collections\n",
			reason, (int)the->currentHeapCount, (int)sizeof(txSlot), (int)the->currentChunksSize, (int)the->peakChunksSize,
			arena->sizeBytes, (size_t)(arena->slotsStart - arena->chunksEnd), the->garbageCollectionCount);
	else
		fprintf(stderr, "godwit-xs: %s while preparing ROM\n", reason);
	hostExit(EXIT_ABORT + status);
}

void fxQueuePromiseJobs(txMachine* the)
{
	the->promiseJobsPending = 1;
}

static void runPromiseJobs(txMachine* the)
{
	while (the->promiseJobsPending) {
		the->promiseJobsPending = 0;
		fxRunPromiseJobs(the);
	}
}

static void runScript(txMachine* the, txScript* script)
{
	fxBeginHost(the);
	mxTry(the)
	{
		bytecodeRun(the, script);
	}
	mxCatch(the)
	{
		fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
	}
	runPromiseJobs(the);
	fxEndHost(the);
	fxEndJob(the);
	fxCheckUnhandledRejections(the, 1);
}

static void slotIntoFlash(txSlot* slot)
{
	switch (slot->kind) {
	case XS_STRING_KIND:
		slot->kind = XS_STRING_X_KIND;
		break;
	case XS_BIGINT_KIND:
		slot->kind = XS_BIGINT_X_KIND;
		break;
	case XS_KEY_KIND:
		slot->kind = XS_KEY_X_KIND;
		break;
	case XS_CODE_KIND:
		slot->kind = XS_CODE_X_KIND;
		break;
	case XS_ARRAY_BUFFER_KIND:
		slot->flag |= XS_DONT_SET_FLAG;
		break;
	}
}

// What a board's linker does to preloaded slots: strings, names and code become constants, which no collector follows when a board's
// slot refers to them, and array buffers cannot be written.
static void heapIntoFlash(txMachine* rom)
{
	txSlot* heap;
	for (heap = rom->firstHeap; heap; heap = heap->next) {
		txSlot* slot;
		for (slot = heap + 1; slot < heap->value.reference; slot++) {
			slotIntoFlash(slot);
			if (slot->kind == XS_ARRAY_KIND && slot->value.array.address) {
				txSlot* item = slot->value.array.address;
				txSlot* end = item + fxGetIndexSize(rom, slot);
				while (item < end)
					slotIntoFlash(item++);
			}
		}
	}
}

static txMachine* romNew(void)
{
	txCreation creation = { 4 << 20, 1 << 20, 1 << 17, 1 << 15, 8192, 4096, 4096, 0, 0, 65536, 1993, 0 };
	txMachine* rom;
	creation.nameModulo = boardCreation.nameModulo;
	creation.symbolModulo = boardCreation.symbolModulo;
	rom = fxCreateMachine(&creation, "rom", NULL, XS_NO_ID);
	if (!rom)
		fail(EXIT_USAGE, "no memory for the ROM machine");
	return rom;
}

static int readNumbers(const char* text, int count, txSize** values)
{
	int i;
	for (i = 0; i < count; i++) {
		char* end;
		long value = strtol(text, &end, 10);
		if (end == text || value < 0 || value > 0x7FFFFFFF || *end != (i + 1 < count ? ',' : 0))
			return 0;
		*values[i] = (txSize)value;
		text = end + 1;
	}
	return 1;
}

static int readCreationOption(const char* name, const char* text)
{
	txCreation* c = &boardCreation;
	if (!strcmp(name, "--arena"))
		return readNumbers(text, 1, (txSize*[]){ &c->staticSize });
	if (!strcmp(name, "--chunk"))
		return readNumbers(text, 2, (txSize*[]){ &c->initialChunkSize, &c->incrementalChunkSize });
	if (!strcmp(name, "--heap"))
		return readNumbers(text, 2, (txSize*[]){ &c->initialHeapCount, &c->incrementalHeapCount });
	if (!strcmp(name, "--stack"))
		return readNumbers(text, 1, (txSize*[]){ &c->stackCount });
	if (!strcmp(name, "--keys"))
		return readNumbers(text, 4, (txSize*[]){ &c->initialKeyCount, &c->incrementalKeyCount, &c->nameModulo, &c->symbolModulo });
	return 0;
}

static void commandRun(int argc, char** argv)
{
	const char* romPaths[ROM_SCRIPTS_MAX];
	int romCount = 0, i = 0, j;
	txMachine* rom;
	txScript* program;
	txScript* romScripts[ROM_SCRIPTS_MAX];
	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		const char* value = argv[i + 1];
		if (!strcmp(argv[i], "--rom") && romCount < ROM_SCRIPTS_MAX)
			romPaths[romCount++] = value;
		else if (!strcmp(argv[i], "--input"))
			gHost.inputPath = value;
		else if (!strcmp(argv[i], "--output"))
			gHost.outputPath = value;
		else if (!strcmp(argv[i], "--counters"))
			gHost.countersPath = value;
		else if (!readCreationOption(argv[i], value))
			fail(EXIT_USAGE, "wrong option %s %s", argv[i], value);
	}
	if (i >= argc)
		fail(EXIT_USAGE, "run: no program given");
	gHost.arguments = argv + i + 1;
	gHost.argumentCount = argc - i - 1;

	rom = romNew();
	fxBeginHost(rom);
	nativesInstall(rom);
	for (j = 0; j < romCount; j++)
		romScripts[j] = bytecodeRead(rom, romPaths[j]);
	program = bytecodeRead(rom, argv[i]);
	fxEndHost(rom);
	for (j = 0; j < romCount; j++)
		runScript(rom, romScripts[j]);
	fxShareMachine(rom);
	heapIntoFlash(rom);

	gHost.arena = arenaNew((size_t)boardCreation.staticSize);
	gHost.machine = fxCloneMachine(&boardCreation, rom, "board", gHost.arena);
	if (!gHost.machine)
		fail(EXIT_ABORT + XS_NOT_ENOUGH_MEMORY_EXIT, "memory full: the machine itself does not fit into %zu bytes", gHost.arena->sizeBytes);
	meterStart(gHost.machine);
	runScript(gHost.machine, program);
	hostExit(EXIT_DONE);
}

int main(int argc, char** argv)
{
	char stackTop;
	hostMachineStart(&stackTop);
	if (argc == 4 && !strcmp(argv[1], "compile")) {
		bytecodeWrite(bytecodeCompile(romNew(), argv[2]), argv[3]);
		return EXIT_DONE;
	}
	if (argc < 3 || strcmp(argv[1], "run"))
		fail(EXIT_USAGE, "usage: godwit-xs compile SOURCE OUT | godwit-xs run [OPTION VALUE]... PROGRAM [ARGUMENT]...");
	commandRun(argc - 2, argv + 2);
}
