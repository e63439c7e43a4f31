/** A `.txnindex`: the aborted transactions of a segment. */
import { TransactionIndex } from '../../log/transaction-index.ts';
import { int64Text } from './java-text.ts';
import { counted, Faults, type Verdict } from './verdict.ts';

const ENTRY_BYTES = 34;
const VERSION = 0;

/** Yields Kafka's lines. */
export function* dumpTransactionIndex(bytes: Buffer, baseOffset: number): Generator<string, Verdict> {
  const index = new TransactionIndex(bytes);
  const faults = new Faults();
  for (let entry = 0; entry < index.count; entry++) {
    const at = entry * ENTRY_BYTES;
    const version = bytes.readInt16BE(at);
    if (version !== VERSION) faults.add(`the entry has version ${version}, ${VERSION} is known`, at);
    // Kafka's tool takes the first byte for the version.
    const shown = bytes.readInt8(at);
    if (shown > VERSION) break;
    yield `version: ${shown} producerId: ${int64Text(bytes, at + 2)} firstOffset: ${int64Text(bytes, at + 10)}` +
      ` lastOffset: ${int64Text(bytes, at + 18)} lastStableOffset: ${int64Text(bytes, at + 26)}`;
    const { firstOffset, lastOffset } = index.at(entry);
    if (lastOffset < baseOffset) faults.add(`the transaction ended at ${lastOffset}, below the segment's start`, at);
    if (firstOffset > lastOffset) faults.add(`the transaction begins at ${firstOffset}, behind its end`, at);
  }
  const rest = bytes.length % ENTRY_BYTES;
  if (rest > 0) faults.add(`an entry of ${rest} bytes, ${ENTRY_BYTES} are due`, bytes.length - rest);
  return {
    faults: faults.list(),
    content: counted(index.count, 'aborted transaction'),
    remedy: 'A start after a crash makes it anew where it checks the log; else readers of committed records suffer.',
  };
}
