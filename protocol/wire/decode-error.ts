/** The one error that decoding throws: bytes that are not what the protocol says they are. */
export class DecodeError extends Error {
  readonly code = 'DECODE_ERROR';
  override readonly name = 'DecodeError';
}

/** A value that a message's table does not allow; always a bug of the encoding side. */
export class EncodeError extends Error {
  readonly code = 'ENCODE_ERROR';
  override readonly name = 'EncodeError';
}
