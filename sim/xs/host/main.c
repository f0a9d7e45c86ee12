// godwit-xs: compiles a script to bytecode, or runs bytecode on a machine with a board's memory.
//   godwit-xs compile SOURCE OUT
//   godwit-xs run [--rom FILE]... [--arena N] [--chunk N,N] [--heap N,N] [--stack N] [--keys N,N,N,N]
//                 [--input FILE] [--output FILE] [--counters FILE] PROGRAM [ARGUMENT]...
// A --rom script runs before the board exists; its heap is shared and read-only afterwards, as code preloaded into flash is.
#include "compile.h"
#include "pipe.h"

#include <sys/resource.h>

// The profile `board` of profiles.ts.
static txCreation boardCreation = {
	32768, 1024, // chunks: at start, then at least so many bytes
	2048, 64, // slots: at start, then so many
	512, // stack, in slots
	32, 32, 53, 3, // keys: at start, then so many; name and symbol buckets
	4096, 1993, // parser, unused on a board
	131072, // arena in bytes
};

enum { ROM_SCRIPTS_MAX = 16, C_STACK_RESERVE = 256 * 1024, C_STACK_DEFAULT = 8 * 1024 * 1024 };

static const char* inputPath;
static const char* outputPath;
static const char* countersPath;
static char* cStackLimit;

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

static uint8_t* fileRead(const char* path, size_t* sizeBytes)
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

const uint8_t* hostInput(size_t* sizeBytes)
{
	static const uint8_t* input;
	static size_t inputBytes;
	if (inputPath && !input)
		input = fileRead(inputPath, &inputBytes);
	*sizeBytes = inputBytes;
	return input;
}

const char* hostOutput(const void* bytes, size_t sizeBytes)
{
	static FILE* file;
	if (!outputPath)
		return "no output was given to this run";
	if (!file)
		file = fopen(outputPath, "wb");
	if (!file || (sizeBytes && fwrite(bytes, sizeBytes, 1, file) != 1) || fflush(file))
		return "the output cannot be written";
	return NULL;
}

txNumber hostInstructions(void)
{
	return C_NAN;
}

void hostExit(int code)
{
	FILE* file = countersPath && gHost.machine ? fopen(countersPath, "wb") : NULL;
	fflush(stdout);
	if (file) {
		countersPrint(file);
		fclose(file);
	}
	exit(code);
}

void hostAborted(int status, const char* text)
{
	fflush(stdout);
	fprintf(stderr, "godwit-xs: %s\n", text);
	hostExit(status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT ? EXIT_UNCAUGHT : EXIT_ABORT + status);
}

static void stackLimitSet(char* stackTop)
{
	struct rlimit limit;
	size_t sizeBytes = C_STACK_DEFAULT;
	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < C_STACK_DEFAULT)
		sizeBytes = (size_t)limit.rlim_cur;
	cStackLimit = stackTop - sizeBytes + C_STACK_RESERVE;
}

char* fxCStackLimit(void)
{
	return cStackLimit;
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

static txScript* fileScript(txMachine* rom, const char* path)
{
	size_t sizeBytes;
	uint8_t* bytes = fileRead(path, &sizeBytes);
	return bytecodeRead(rom, bytes, sizeBytes, path);
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
			inputPath = value;
		else if (!strcmp(argv[i], "--output"))
			outputPath = value;
		else if (!strcmp(argv[i], "--counters"))
			countersPath = value;
		else if (!readCreationOption(argv[i], value))
			fail(EXIT_USAGE, "wrong option %s %s", argv[i], value);
	}
	if (i >= argc)
		fail(EXIT_USAGE, "run: no program given");
	gHost.arguments = argv + i + 1;
	gHost.argumentCount = argc - i - 1;

	rom = romNew(&boardCreation);
	fxBeginHost(rom);
	nativesInstall(rom);
	pipeInstall(rom);
	for (j = 0; j < romCount; j++)
		romScripts[j] = fileScript(rom, romPaths[j]);
	program = fileScript(rom, argv[i]);
	fxEndHost(rom);
	for (j = 0; j < romCount; j++)
		scriptRun(rom, romScripts[j]);
	romShare(rom);
	boardNew(&boardCreation, rom);
	scriptRun(gHost.machine, program);
	hostExit(EXIT_DONE);
}

int main(int argc, char** argv)
{
	char stackTop;
	stackLimitSet(&stackTop);
	if (argc == 4 && !strcmp(argv[1], "compile")) {
		bytecodeWrite(bytecodeCompile(romNew(&boardCreation), argv[2]), argv[3]);
		return EXIT_DONE;
	}
	if (argc < 3 || strcmp(argv[1], "run"))
		fail(EXIT_USAGE, "usage: godwit-xs compile SOURCE OUT | godwit-xs run [OPTION VALUE]... PROGRAM [ARGUMENT]...");
	commandRun(argc - 2, argv + 2);
}
