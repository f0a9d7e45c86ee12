/** The unit of hash, copy-on-write and storage, in bytes. */
export const PAGE_BYTES = 256;
/** The unit of dirty tracking inside a page, in bytes. */
export const GRANULE_BYTES = 4;
export const GRANULES_PER_PAGE = 64;
/** Page indices must fit 16 bits. */
export const MAX_STATE_BYTES = 16 * 1024 * 1024;
/** A mask slot's number must fit 16 bits, beside the two tags that are no slot. */
export const MAX_MASK_COUNT = 65_534;
/** ... and fits a byte up to so many: a page's tag then takes one, else two. */
export const BYTE_MASK_COUNT = 254;
export const MAX_COPY_COUNT = 4096;
