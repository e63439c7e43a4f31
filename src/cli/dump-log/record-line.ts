/** A record's line, as Kafka's tool prints it. */
import { codec } from '../../../protocol/codec.ts';
import type { BatchView, Record } from '../../../protocol/records/batch.ts';
import { controlMessages, controlType, readEndTxnMarker } from '../../../protocol/records/control.ts';
import { isLegacyMessage } from '../../../protocol/records/legacy.ts';
import { Reader } from '../../../protocol/wire/reader.ts';
import type { Decoder } from './decoders.ts';
import { javaJson, javaJsonText } from './java-text.ts';

export interface RecordOptions {
  readonly skipRecordMetadata: boolean;
  /** What prints keys and values; none are printed without. */
  readonly decoder: Decoder | undefined;
}

const INDENT = '| ';

/**
 * `offset` is the record's, which may be beyond what its number says exactly. Throws a `KafkaError` or `DecodeError` for
 * a control record that cannot be read.
 */
export function recordLine(
  batch: BatchView,
  record: Record,
  offset: string,
  { skipRecordMetadata, decoder }: RecordOptions,
): string {
  let line = skipRecordMetadata ? '' : INDENT + metadataOf(batch, record, offset);
  if (decoder === undefined || batch.isControl) return line;
  const { key, payload } = decoder(record);
  let prefix = skipRecordMetadata ? INDENT : ' ';
  if (key !== undefined) {
    line += `${prefix}key: ${key}`;
    prefix = ' ';
  }
  return payload === undefined ? line : `${line}${prefix}payload: ${payload}`;
}

function metadataOf(batch: BatchView, record: Record, offset: string): string {
  let text =
    `offset: ${offset} ${batch.timestampType}: ${record.exactTimestamp ?? record.timestamp}` +
    ` keySize: ${record.key?.length ?? -1} valueSize: ${record.value?.length ?? -1}`;
  if (batch.magic >= 2) {
    text += ` sequence: ${record.sequence} headerKeys: [${record.headers.map(({ key }) => key).join(',')}]`;
  }
  if (isLegacyMessage(record)) text += ` isValid: ${record.isValid} crc: ${record.checksum}`;
  return batch.isControl ? text + controlText(record) : text;
}

const KRAFT_NAMES = {
  // Kafka prints a colon behind this one only.
  leaderChange: 'LeaderChange:',
  snapshotHeader: 'SnapshotHeader',
  snapshotFooter: 'SnapshotFooter',
  kraftVersion: 'KRaftVersion',
  kraftVoters: 'KRaftVoters',
} as const;

function controlText(record: Record): string {
  const type = controlType(record);
  if (type === 'unknown') return ` controlType: UNKNOWN(${record.key!.readInt16BE(2)})`;
  if (type === 'abort' || type === 'commit') {
    const { coordinatorEpoch } = readEndTxnMarker(record);
    return ` endTxnMarker: ${type.toUpperCase()} coordinatorEpoch: ${coordinatorEpoch}`;
  }
  const message = controlMessages[type];
  // As Kafka: read as version 0, printed as the version that it says itself.
  const value = codec(message, 0, { exact: true }).decode(new Reader(record.value ?? Buffer.alloc(0)));
  const json = javaJson(message, value.version, value);
  return ` ${KRAFT_NAMES[type]} ${javaJsonText(json)}`;
}
