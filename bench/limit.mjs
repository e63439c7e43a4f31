/**
 * The yardstick: what a Produce path costs in Node when a broker is left out. Splits frames, finds the one batch of a
 * Produce 13 request, checks its CRC32C, stamps its offset, writes what came in one chunk with one writev a partition,
 * and answers. It keeps no metadata, no indexes and no state of producers, and serves nothing else.
 *
 * `node bench/limit.mjs PORT FOLDER`
 */
import { openSync, writevSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';

const [, , port, folder] = process.argv;
const HEADER_BEFORE_CLIENT_ID = 2 + 2 + 4;
const BODY_BEFORE_TOPIC_ID = 1 + 1 + 2 + 4 + 1;
const ANSWER_BYTES = 4 + 4 + 1 + 1 + 16 + 1 + 4 + 2 + 8 + 8 + 8 + 1 + 1 + 1 + 1 + 4 + 1;
const logs = new Map();

createServer({ noDelay: true }, (socket) => {
  let [rest, frame, filled] = [Buffer.alloc(0), null, 0];
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const chunk = rest.length === 0 ? data : Buffer.concat([rest, data]);
    const answers = [];
    let at = 0;
    while (frame !== null || chunk.length - at >= 4) {
      if (frame === null) {
        const size = chunk.readInt32BE(at);
        at += 4;
        if (chunk.length - at >= size) {
          answers.push(append(chunk.subarray(at, at + size)));
          at += size;
          continue;
        }
        [frame, filled] = [Buffer.allocUnsafeSlow(size), 0];
      }
      const taken = chunk.copy(frame, filled, at);
      filled += taken;
      at += taken;
      if (filled < frame.length) break;
      answers.push(append(frame));
      frame = null;
    }
    rest = chunk.subarray(at);
    for (const log of logs.values()) flush(log);
    if (answers.length > 0) socket.write(answers.length === 1 ? answers[0] : Buffer.concat(answers));
  });
}).listen(Number(port), '127.0.0.1');

/** Takes one request's batch into what is to be written, and makes its answer. */
function append(frame) {
  const topicAt = HEADER_BEFORE_CLIENT_ID + 2 + frame.readInt16BE(HEADER_BEFORE_CLIENT_ID) + BODY_BEFORE_TOPIC_ID;
  const index = frame.readInt32BE(topicAt + 17);
  let batchAt = topicAt + 21;
  while (frame[batchAt++] >= 0x80);
  const batch = frame.subarray(batchAt, batchAt + 12 + frame.readInt32BE(batchAt + 8));
  if (crc32c(batch.subarray(21)) !== batch.readUInt32BE(17)) throw new Error('a batch has a wrong CRC');

  let log = logs.get(index);
  if (log === undefined) {
    log = { file: openSync(join(folder, `${index}.log`), 'a'), next: 0, batches: [] };
    logs.set(index, log);
  }
  const baseOffset = log.next;
  log.next += batch.readInt32BE(23) + 1;
  batch.writeBigInt64BE(BigInt(baseOffset));
  batch.writeInt32BE(0, 12);
  log.batches.push(batch);

  const answer = Buffer.alloc(ANSWER_BYTES);
  answer.writeInt32BE(ANSWER_BYTES - 4);
  frame.copy(answer, 4, 4, 8); // the correlation id
  answer[9] = answer[26] = 2; // one topic, one partition
  frame.copy(answer, 10, topicAt, topicAt + 16);
  answer.writeInt32BE(index, 27);
  answer.writeBigInt64BE(BigInt(baseOffset), 33);
  answer.writeBigInt64BE(-1n, 41);
  answer[57] = 1; // no record errors
  return answer;
}

function flush(log) {
  if (log.batches.length === 0) return;
  writevSync(log.file, log.batches);
  log.batches = [];
}
