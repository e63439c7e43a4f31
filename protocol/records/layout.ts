/** Where a batch's fields are, from its start, and the bits of its attributes. Up to the magic all formats agree. */

/** offset and size, before every batch and legacy message. */
export const LOG_OVERHEAD_BYTES = 12;
/** The magic-2 header, `LOG_OVERHEAD_BYTES` included. */
export const BATCH_HEADER_BYTES = 61;

export const LENGTH = 8;
export const PARTITION_LEADER_EPOCH = 12;
export const MAGIC = 16;
export const CRC = 17;
/** The CRC covers the batch from here on: not the base offset and leader epoch, which the broker stamps. */
export const ATTRIBUTES = 21;
export const LAST_OFFSET_DELTA = 23;
export const BASE_TIMESTAMP = 27;
export const MAX_TIMESTAMP = 35;
export const PRODUCER_ID = 43;
export const PRODUCER_EPOCH = 51;
export const BASE_SEQUENCE = 53;
export const COUNT = 57;

export const LEGACY_CRC = 12;
export const LEGACY_ATTRIBUTES = 17;
export const LEGACY_TIMESTAMP = 18;

export const COMPRESSION_MASK = 0x07;
export const LOG_APPEND_TIME_FLAG = 0x08;
export const TRANSACTIONAL_FLAG = 0x10;
export const CONTROL_FLAG = 0x20;
export const DELETE_HORIZON_FLAG = 0x40;
