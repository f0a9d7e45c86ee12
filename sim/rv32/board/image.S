# What differs from image to image: creation values and bytecode. GODWIT_... are given on the compiler's command line.
	.section .rodata.image, "a"
	.balign 4
	.globl gImage
gImage:
	.word GODWIT_CREATION
	.word GODWIT_IS_CLOSED
	.word romStart, romEnd - romStart
	.word programStart, programEnd - programStart
romStart:
	.incbin "rom.gxb"
romEnd:
	.balign 4
programStart:
	.incbin "program.gxb"
programEnd:
