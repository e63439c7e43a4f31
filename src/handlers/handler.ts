import type { KafkaError } from '../../protocol/errors.ts';
import type { Decoded, Encodable, Message } from '../../protocol/schema/table.ts';
import type { Later } from '../platform/later.ts';
import type { BrokerContext } from './context.ts';
import type { RequestContext } from './request-context.ts';

/**
 * What serves one API key. `handle` may answer null for no answer at all (Produce with acks=0), and closes the
 * connection by throwing a `CloseConnection`; any other failure is answered by `failed`.
 */
export interface Handler<Req extends Message = Message, Res extends Message = Message> {
  readonly request: Req;
  readonly response: Res;
  /**
   * Who keeps some of the request's bytes beyond the answer has retained them (`BufferPool`), so that the frame's memory is
   * used again once the request was handled. For requests that are large and come often; other frames are collected.
   */
  readonly releasesFrame?: true;
  handle(
    request: Decoded<Req>,
    context: RequestContext,
    broker: BrokerContext,
  ): Promise<Encodable<Res> | null> | Later<Encodable<Res> | null> | Encodable<Res> | null;
  /** The whole request failed: the answer that says so in every place the API has for it. */
  failed(request: Decoded<Req>, error: KafkaError, context: RequestContext): Encodable<Res>;
}

/** Ends the connection instead of answering. */
export class CloseConnection extends Error {
  override readonly name = 'CloseConnection';
  readonly code = 'CLOSE_CONNECTION';
}

/** Declares a handler; exists for its types. */
export function handler<Req extends Message, Res extends Message>(definition: Handler<Req, Res>): Handler<Req, Res> {
  return definition;
}
