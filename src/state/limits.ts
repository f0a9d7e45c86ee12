// Every bound of a schema. A schema beyond one of them is refused, whether it comes from an author or as bytes.

export const MAX_NAME_BYTES = 32;
export const MAX_DEPTH = 8;
export const MAX_FIELDS = 4096;
export const MAX_TEXT_BYTES = 65535;
export const MAX_CAPACITY = 0xffffff;
export const MAX_SCHEMA_BYTES = 65536;
export const MAX_PREAMBLE_BYTES = 1024;
