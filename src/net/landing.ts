/**
 * Reading from a socket into memory of our own choice. What Node gives to a `data` listener is 64 KiB of fresh memory for
 * each read, whose collection cost more than all else that a broker does with it (`collections/buffer-pool.ts`).
 *
 * Node can read into given memory (`onread`), though only for sockets that it did not accept itself: those are made anew
 * around the connection that was accepted. Its `_handle` and the option that takes it are not documented (Node 20 to 24
 * have them); where they are missing, bytes come as `data`.
 */
import { Socket, type SocketConstructorOpts } from 'node:net';

/** Who takes a socket's bytes. */
export interface Lander {
  /** Where the next read may put its bytes; they are handed to `landed` before it is asked again. */
  landing(): Buffer;
  /** `bytes` came: the beginning of what `landing` returned last, or of other memory, which is the caller's afterwards. */
  landed(bytes: number, buffer: Buffer): void;
}

interface Accepted {
  _handle?: { readonly useUserBuffer?: unknown } | null;
}

interface Options extends SocketConstructorOpts {
  readonly handle: object;
  readonly onread: { buffer(): Buffer; callback(bytes: number, buffer: Buffer): boolean };
}

/** Starts reading from a connection that was accepted paused; returns the socket to use instead of `accepted`. */
export function readInto(accepted: Socket & Accepted, lander: Lander): Socket {
  const handle = accepted._handle;
  if (typeof handle?.useUserBuffer !== 'function') {
    accepted.on('data', (bytes: Buffer) => lander.landed(bytes.length, bytes));
    return accepted.resume();
  }
  accepted._handle = null;
  const options: Options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: () => lander.landing(),
      callback: (bytes, buffer) => {
        lander.landed(bytes, buffer);
        return true;
      },
    },
  };
  const socket = new Socket(options);
  // The server counts its connections by the sockets that it made.
  socket.once('close', () => accepted.destroy());
  return socket.resume();
}
