/**
 * Frames that other programs wrote of the same text, in shapes that neither our writers nor Kafka's golden record sets
 * have: `lz4` 1.9 and `zstd` 1.5.4 from the command line.
 */

/** The text: 50,000 numbers, 144,840 bytes, so that frames have several blocks. */
export const text = Buffer.from(Array.from({ length: 50_000 }, (_, i) => `${i % 97},`).join(''));

/** `lz4 -B4 -BD`: blocks of 64 KiB that reach back into those before them; a checksum of the content. */
export const lz4Linked = Buffer.from(
  'BCJNGERAXiQCAAD//wswLDEsMiwzLDQsNSw2LDcsOCw5LDEwLDExLDEyLDEzLDE0LDE1LDE2LDE3LDE4LDE5LDIwLDIxLDIyLDIzLDI0LDI1LDI2LDI3LDI4LDI5LDMwLDMxLDMyLDMzLDM0LDM1LDM2LDM3LDM4LDM5LDQwLDQxLDQyLDQzLDQ0LDQ1LDQ2LDQ3LDQ4LDQ5LDUwLDUxLDUyLDUzLDU0LDU1LDU2LDU3LDU4LDU5LDYwLDYxLDYyLDYzLDY0LDY1LDY2LDY3LDY4LDY5LDcwLDcxLDcyLDczLDc0LDc1LDc2LDc3LDc4LDc5LDgwLDgxLDgyLDgzLDg0LDg1LDg2LDg3LDg4LDg5LDkwLDkxLDkyLDkzLDk0LDk1LDk2LBkB////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////zlAsMjMsMgoBAAAPwf//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////6FAsNDQsNFkBAAD//ws1LDQ2LDQ3LDQ4LDQ5LDUwLDUxLDUyLDUzLDU0LDU1LDU2LDU3LDU4LDU5LDYwLDYxLDYyLDYzLDY0LDY1LDY2LDY3LDY4LDY5LDcwLDcxLDcyLDczLDc0LDc1LDc2LDc3LDc4LDc5LDgwLDgxLDgyLDgzLDg0LDg1LDg2LDg3LDg4LDg5LDkwLDkxLDkyLDkzLDk0LDk1LDk2LDAsMSwyLDMsNCw1LDYsNyw4LDksMTAsMTEsMTIsMTMsMTQsMTUsMTYsMTcsMTgsMTksMjAsMjEsMjIsMjMsMjQsMjUsMjYsMjcsMjgsMjksMzAsMzEsMzIsMzMsMzQsMzUsMzYsMzcsMzgsMzksNDAsNDEsNDIsNDMsNDQsNBkB/////////////////////////////////////////////////////////////////////8tQMyw0NCwAAAAAwtu8YQ==',
  'base64',
);

/** `lz4 -B4 -BI -BX --content-size`: a checksum after each block. */
export const lz4BlockChecksums = Buffer.from(
  'BCJNGHxAyDUCAAAAAACmJAIAAP//CzAsMSwyLDMsNCw1LDYsNyw4LDksMTAsMTEsMTIsMTMsMTQsMTUsMTYsMTcsMTgsMTksMjAsMjEsMjIsMjMsMjQsMjUsMjYsMjcsMjgsMjksMzAsMzEsMzIsMzMsMzQsMzUsMzYsMzcsMzgsMzksNDAsNDEsNDIsNDMsNDQsNDUsNDYsNDcsNDgsNDksNTAsNTEsNTIsNTMsNTQsNTUsNTYsNTcsNTgsNTksNjAsNjEsNjIsNjMsNjQsNjUsNjYsNjcsNjgsNjksNzAsNzEsNzIsNzMsNzQsNzUsNzYsNzcsNzgsNzksODAsODEsODIsODMsODQsODUsODYsODcsODgsODksOTAsOTEsOTIsOTMsOTQsOTUsOTYsGQH////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////OUCwyMywy5yaO0SQCAAD//ws0LDI1LDI2LDI3LDI4LDI5LDMwLDMxLDMyLDMzLDM0LDM1LDM2LDM3LDM4LDM5LDQwLDQxLDQyLDQzLDQ0LDQ1LDQ2LDQ3LDQ4LDQ5LDUwLDUxLDUyLDUzLDU0LDU1LDU2LDU3LDU4LDU5LDYwLDYxLDYyLDYzLDY0LDY1LDY2LDY3LDY4LDY5LDcwLDcxLDcyLDczLDc0LDc1LDc2LDc3LDc4LDc5LDgwLDgxLDgyLDgzLDg0LDg1LDg2LDg3LDg4LDg5LDkwLDkxLDkyLDkzLDk0LDk1LDk2LDAsMSwyLDMsNCw1LDYsNyw4LDksMTAsMTEsMTIsMTMsMTQsMTUsMTYsMTcsMTgsMTksMjAsMjEsMjIsMjMsMhkB////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////zlAsNDQsNOp9EUNZAQAA//8LNSw0Niw0Nyw0OCw0OSw1MCw1MSw1Miw1Myw1NCw1NSw1Niw1Nyw1OCw1OSw2MCw2MSw2Miw2Myw2NCw2NSw2Niw2Nyw2OCw2OSw3MCw3MSw3Miw3Myw3NCw3NSw3Niw3Nyw3OCw3OSw4MCw4MSw4Miw4Myw4NCw4NSw4Niw4Nyw4OCw4OSw5MCw5MSw5Miw5Myw5NCw5NSw5NiwwLDEsMiwzLDQsNSw2LDcsOCw5LDEwLDExLDEyLDEzLDE0LDE1LDE2LDE3LDE4LDE5LDIwLDIxLDIyLDIzLDI0LDI1LDI2LDI3LDI4LDI5LDMwLDMxLDMyLDMzLDM0LDM1LDM2LDM3LDM4LDM5LDQwLDQxLDQyLDQzLDQ0LDQZAf/////////////////////////////////////////////////////////////////////LUDMsNDQs9vmTKgAAAADC27xh',
  'base64',
);

/** `zstd -3 <text`: no content size, a checksum. */
export const zstdStream = Buffer.from(
  'KLUv/QRYZAQAlhEgCbDrJEmICFaSeRoAHQAdAFOfLj16Ozv048aLEx8uPHg5OfDbrulZjjuHMJ9scskkjyxyyJUpg3yxxRVTPLHEETdmDPF169V11K1ZQ3200UUTPbTQQZcmDfTNNtdM88wyx9yZc9M9t9xx9+YN99lml0322GKHXZs22FdbXTXVU0sBABnk/hz5mgJFAAAINQEAxJUHQqgcN0k=',
  'base64',
);

/** A frame of the first 1,000 bytes, a skippable frame, and one of the rest without a checksum. */
export const zstdSeveral = Buffer.from(
  'KLUv/QRYXQQAlhEgCbDrJEmICFaSeRoAHQAdAFOfLj16Ozv048aLEx8uPHg5OfDbrulZjjuHMJ9scskkjyxyyJUpg3yxxRVTPLHEETdmDPF169V11K1ZQ3200UUTPbTQQZcmDfTNNtdM88wyx9yZc9M9t9xx9+YN99lml0322GKHXZs22FdbXTXVU0sBABnMOKo1Bd0L/LZQKk0YAwAAAGFiYyi1L/0AWHwEAJbRIAmw6yRJiAhWknkeAB0AGwC11VVTPbXUUbdmDfXRRhdN9NBCB12aNNA321wzzQHbNT3Lcecw3XPLHXdv3nCfbXbZZI8tdti1aYN9ATdmDPF169WpT5cevZ0d+nHjxYkPFx68nBz4BTPLHHNnzjCfbHLJJI8scsiVKYN8scUVUzyxxBEBAQAZ5P4c+ZoCRQAACDEBANyRB0I=',
  'base64',
);
