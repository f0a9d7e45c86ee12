export const PAGE_SIZE_BYTES = 256;
