// Compiles a script to bytecode ahead of the run, as a board's linker does. A file: "GXB1", size of the names, size of the code (32 bits,
// little endian), names, code.
#include "compile.h"

static const char MAGIC[4] = { 'G', 'X', 'B', '1' };
enum { HEADER_SIZE = 12 };

// Instructions and their sizes in the order of xsCommon.h; 0 carries an id, -1, -2 and -4 a length of as many bytes.
static txSize instructionSize(const txByte* p)
{
	txS1 size = gxCodeSizes[*(const txU1*)p];
	const txU1* q = (const txU1*)p + 1;
	if (size > 0)
		return size;
	if (size == 0)
		return 1 + (txSize)sizeof(txID);
	if (size == -1)
		return 2 + q[0];
	if (size == -2)
		return 3 + (q[0] | (q[1] << 8));
	return 5 + (txSize)(q[0] | (q[1] << 8) | (q[2] << 16) | ((txU4)q[3] << 24));
}

// The archive forms of CODE and STRING refer to the buffer instead of copying it into chunks.
static void archiveForms(txByte* code, txSize size)
{
	txByte* p = code;
	while (p < code + size) {
		txSize step = instructionSize(p);
		txU1* id = (txU1*)p;
		if (*id >= XS_CODE_CODE_1 && *id <= XS_CODE_CODE_4)
			*id += XS_CODE_CODE_ARCHIVE_1 - XS_CODE_CODE_1;
		else if (*id >= XS_CODE_STRING_1 && *id <= XS_CODE_STRING_4)
			*id += XS_CODE_STRING_ARCHIVE_1 - XS_CODE_STRING_1;
		p += step;
	}
}

static void reportSyntaxError(void* the, txString path, txInteger line, txString format, c_va_list arguments)
{
	char text[256];
	(void)the;
	vsnprintf(text, sizeof(text), format, arguments);
	fail(EXIT_UNCAUGHT, "%s:%d: %s", path ? path : "?", (int)line, text);
}

txScript* bytecodeCompile(txMachine* the, const char* sourcePath)
{
	txParser parser;
	txParserJump jump;
	txScript* volatile script = NULL;
	FILE* file = fopen(sourcePath, "rb");
	if (!file)
		fail(EXIT_USAGE, "cannot read %s: %s", sourcePath, strerror(errno));
	fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
	parser.reportError = reportSyntaxError;
	parser.firstJump = &jump;
	if (setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, (txString)sourcePath);
		fxParserTree(&parser, file, (txGetter)fgetc, mxProgramFlag, NULL);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fclose(file);
	if (!script)
		fail(EXIT_UNCAUGHT, "%s: does not parse", sourcePath);
	fxTerminateParser(&parser);
	archiveForms(script->codeBuffer, script->codeSize);
	return script;
}

static void put32(txU1* p, txU4 value)
{
	p[0] = (txU1)value;
	p[1] = (txU1)(value >> 8);
	p[2] = (txU1)(value >> 16);
	p[3] = (txU1)(value >> 24);
}

void bytecodeWrite(txScript* script, const char* path)
{
	txU1 header[HEADER_SIZE];
	FILE* file = fopen(path, "wb");
	memcpy(header, MAGIC, 4);
	put32(header + 4, (txU4)script->symbolsSize);
	put32(header + 8, (txU4)script->codeSize);
	if (!file || fwrite(header, HEADER_SIZE, 1, file) != 1 || fwrite(script->symbolsBuffer, (size_t)script->symbolsSize, 1, file) != 1
		|| fwrite(script->codeBuffer, (size_t)script->codeSize, 1, file) != 1 || fclose(file))
		fail(EXIT_UNCAUGHT, "cannot write %s: %s", path, strerror(errno));
}
