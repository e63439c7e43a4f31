/** JSON frames of a WebSocket: read with a schema, written in order. */
import { Ajv } from 'ajv';
import type { WebSocket } from 'ws';
import { KafkaError } from '../../../protocol/errors.ts';

const ajv = new Ajv({ strict: false });

/** What reads one frame of that shape. It throws INVALID_REQUEST for anything else. */
export function frameReader<T>(schema: object): (data: Buffer, isBinary: boolean) => T {
  const isValid = ajv.compile<T>(schema);
  return (data, isBinary) => {
    if (isBinary) throw new KafkaError('INVALID_REQUEST', 'a frame is JSON text, not binary');
    let frame: unknown;
    try {
      frame = JSON.parse(data.toString());
    } catch (cause) {
      throw new KafkaError('INVALID_REQUEST', 'a frame is not JSON', { cause });
    }
    if (!isValid(frame)) throw new KafkaError('INVALID_REQUEST', `a frame ${ajv.errorsText(isValid.errors)}`);
    return frame;
  };
}

/** Resolves when the client has taken it, or is gone. */
export function send(socket: WebSocket, frame: object): Promise<void> {
  return new Promise((resolve) => socket.send(JSON.stringify(frame), () => resolve()));
}
