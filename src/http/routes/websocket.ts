/** A topic over WebSockets: one socket to produce, one to consume. */
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KafkaError } from '../../../protocol/errors.ts';
import type { Isolation } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import type { ValueFormat } from '../json-values.ts';
import { problemOf } from '../problem.ts';
import { isolation, startOffset, topicName, valueFormat } from '../schemas.ts';
import { startingOffsets, TopicReader } from '../topic-reader.ts';
import { serveConsumer } from '../websocket/consumer.ts';
import { send } from '../websocket/frames.ts';
import { serveProducer } from '../websocket/producer.ts';

interface ConsumerQuery {
  readonly offset: string;
  readonly partition?: string;
  readonly ack: boolean;
  readonly format: ValueFormat;
  readonly isolation: Isolation;
}

const params = { type: 'object', properties: { name: topicName }, required: ['name'] } as const;
/** The server stops (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** A frame that is none, or too large: `ws` has closed the socket with the reason by then. */
function noted(): void {}

/** Browsers let any page open a WebSocket to this machine; only pages of the same address may (RFC 6455, 10.2). */
async function refuseOtherOrigins({ headers: { origin, host } }: FastifyRequest): Promise<void> {
  if (origin === undefined || origin === `http://${host}`) return;
  throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED', `a page of ${origin} may not open WebSockets to ${host}`);
}

/** Before the routes. */
export async function acceptWebSockets(app: FastifyInstance, { config }: HttpContext): Promise<void> {
  await app.register(websocket, { options: { maxPayload: config.httpRequestMaxBytes, perMessageDeflate: false } });
}

export function webSocketRoutes(app: FastifyInstance, context: HttpContext): void {
  const { clock, stopping } = context;
  app.get<{ Params: { name: string } }>(
    '/topics/:name/produce/ws',
    { websocket: true, preValidation: refuseOtherOrigins, schema: { params } },
    (socket, request) => {
      context.admitted(request).release();
      const goAway = (): void => socket.close(GOING_AWAY);
      stopping.addEventListener('abort', goAway, { once: true });
      socket.on('error', noted);
      socket.once('close', () => stopping.removeEventListener('abort', goAway));
      serveProducer(socket, context.clientOf(request), request.params.name, context);
    },
  );

  app.get<{ Params: { name: string }; Querystring: ConsumerQuery }>(
    '/topics/:name/consume/ws',
    {
      websocket: true,
      preValidation: refuseOtherOrigins,
      schema: {
        params,
        querystring: {
          type: 'object',
          properties: {
            offset: { ...startOffset, default: 'latest' },
            partition: { type: 'string', pattern: '^[0-9]{1,10}(,[0-9]{1,10})*$' },
            ack: { type: 'boolean', default: false },
            format: valueFormat,
            isolation,
          },
          additionalProperties: false,
        },
      },
    },
    async (socket, request) => {
      context.admitted(request).release();
      const gone = new AbortController();
      socket.on('error', noted);
      socket.once('close', () => gone.abort());
      const goAway = (): void => socket.close(GOING_AWAY);
      stopping.addEventListener('abort', goAway, { once: true });
      // Frames that come before the topic was looked up are kept where they are.
      socket.pause();
      const { offset, partition, ack, format, isolation } = request.query;
      const client = context.clientOf(request);
      try {
        const offsets = await startingOffsets(client, request.params.name, offset, partition?.split(',').map(Number));
        const reader = new TopicReader({ client, clock, topic: request.params.name, offsets, isolation });
        const signal = AbortSignal.any([stopping, gone.signal]);
        const serving = serveConsumer({ socket, reader, format, acknowledges: ack, context, signal });
        socket.resume();
        await serving;
      } catch (failure) {
        socket.resume();
        await send(socket, { type: 'problem', problem: problemOf(failure) });
        socket.close(POLICY_VIOLATION, problemOf(failure).error);
      } finally {
        stopping.removeEventListener('abort', goAway);
      }
    },
  );
}
