/** A topic over WebSockets: one socket to produce, one to consume. */
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { KafkaError } from '../../../protocol/errors.ts';
import { EARLIEST, type Isolation, LATEST, type LocalClient } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import { GroupMembership } from '../group-membership.ts';
import type { ValueFormat } from '../json-values.ts';
import { problemOf } from '../problem.ts';
import { isolation, startOffset, topicName, valueFormat } from '../schemas.ts';
import { listOffsets } from '../topic-offsets.ts';
import { startingOffsets, TopicReader } from '../topic-reader.ts';
import { binaryWire } from '../websocket/binary.ts';
import { type ConsumerOptions, WebSocketConsumer } from '../websocket/consumer.ts';
import { jsonWire } from '../websocket/json.ts';
import { serveProducer } from '../websocket/producer.ts';
import { send, type Wire } from '../websocket/wire.ts';

interface ConsumerQuery {
  readonly offset: string;
  readonly partition?: string;
  readonly group?: string;
  readonly ack?: boolean;
  readonly format: ValueFormat;
  readonly isolation: Isolation;
}

const params = { type: 'object', properties: { name: topicName }, required: ['name'] } as const;
/** The sub-protocols; JSON is spoken with clients that name none. */
const BINARY = 'samsa.binary.v1';
const JSON_TEXT = 'samsa.json.v1';
/** The server stops (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
/** The Java consumer's default; the broker's bounds hold. */
const SESSION_TIMEOUT_MS = 45_000;

/** A frame that is none, or too large: `ws` has closed the socket with the reason by then. */
function noted(): void {}

/** Counts a socket while it is open, and ends it when the server stops. */
function accompany(socket: WebSocket, { open, stopping }: HttpContext): void {
  const goAway = (): void => socket.close(GOING_AWAY);
  open.webSockets++;
  stopping.addEventListener('abort', goAway, { once: true });
  socket.on('error', noted);
  socket.once('close', () => {
    open.webSockets--;
    stopping.removeEventListener('abort', goAway);
  });
}

/** Browsers let any page open a WebSocket to this machine; only pages of the same address may (RFC 6455, 10.2). */
async function refuseOtherOrigins({ protocol, headers: { origin, host } }: FastifyRequest): Promise<void> {
  if (origin === undefined || origin === `${protocol}://${host}`) return;
  throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED', `a page of ${origin} may not open WebSockets to ${host}`);
}

/** Before the routes. */
export async function acceptWebSockets(app: FastifyInstance, { config }: HttpContext): Promise<void> {
  await app.register(websocket, {
    options: {
      maxPayload: config.httpRequestMaxBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => [BINARY, JSON_TEXT].find((each) => offered.has(each)) ?? false,
    },
  });
}

function wireOf({ protocol }: WebSocket, format: ValueFormat = 'text'): Wire {
  return protocol === BINARY ? binaryWire : jsonWire(format);
}

export function webSocketRoutes(app: FastifyInstance, context: HttpContext): void {
  const { clock, config, stopping } = context;
  app.get<{ Params: { name: string } }>(
    '/topics/:name/produce/ws',
    { websocket: true, preValidation: refuseOtherOrigins, schema: { params } },
    (socket, request) => {
      context.admitted(request).release();
      accompany(socket, context);
      serveProducer({
        ...{ socket, wire: wireOf(socket), client: context.clientOf(request), topic: request.params.name },
        maxBytes: config.httpRequestMaxBytes,
      });
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
            group: { type: 'string', minLength: 1, maxLength: 249 },
            ack: { type: 'boolean' },
            format: valueFormat,
            isolation,
          },
          additionalProperties: false,
        },
      },
    },
    async (socket, request) => {
      context.admitted(request).release();
      accompany(socket, context);
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      const { query } = request;
      const topic = request.params.name;
      const wire = wireOf(socket, query.format);
      const signal = AbortSignal.any([stopping, gone.signal]);
      const options = { socket, wire, context, signal };
      // Frames that come before the topic was looked up are kept where they are.
      socket.pause();
      try {
        if (query.group !== undefined) {
          const client = context.newClientOf(request);
          await context.finishing(asMember(topic, query, client, options).finally(() => client.close()));
          return;
        }
        const client = context.clientOf(request);
        const offsets = await startingOffsets(client, topic, query.offset, query.partition?.split(',').map(Number));
        const consumer = new WebSocketConsumer({ ...options, acknowledges: query.ack === true });
        consumer.assign(new TopicReader({ client, clock, topic, offsets, isolation: query.isolation }));
        socket.resume();
        await consumer.serve();
      } catch (failure) {
        socket.resume();
        const problem = problemOf(failure);
        await send(socket, wire.problem(problem));
        socket.close(POLICY_VIOLATION, problem.error);
      }
    },
  );

  /** As a member of a group: the group says what is read, and keeps what was acknowledged. */
  async function asMember(
    topic: string,
    { group, offset, partition, ack, isolation }: ConsumerQuery,
    client: LocalClient,
    options: Pick<ConsumerOptions, 'socket' | 'wire' | 'context' | 'signal'>,
  ): Promise<void> {
    const wrong =
      partition !== undefined
        ? 'partition'
        : ack === false
          ? 'ack=false'
          : RESETS[offset] === undefined
            ? 'offset'
            : '';
    if (wrong !== '') {
      throw new KafkaError(
        'INVALID_REQUEST',
        `${wrong} goes not with group: a group gives out partitions and keeps offsets; offset is earliest or latest there`,
      );
    }
    // Throws for a topic that is not there.
    await client.topicMetadata(topic, { allowAutoTopicCreation: false });
    const { socket, wire } = options;
    const left = new AbortController();
    const membership = new GroupMembership({
      ...{ client, clock, topic, groupId: group! },
      sessionTimeoutMs: Math.min(
        Math.max(SESSION_TIMEOUT_MS, config.groupMinSessionTimeoutMs),
        config.groupMaxSessionTimeoutMs,
      ),
      signal: AbortSignal.any([options.signal, left.signal]),
      async onAssigned(partitions, committed) {
        const offsets = await groupOffsets(client, topic, partitions, committed, RESETS[offset]!);
        void consumer.send(wire.assigned(offsets));
        if (offsets.size > 0) consumer.assign(new TopicReader({ client, clock, topic, offsets, isolation }));
      },
      onRevoked() {
        const position = consumer.revoke();
        void consumer.send(wire.revoked(position));
        return position;
      },
    });
    const consumer = new WebSocketConsumer({
      ...options,
      acknowledges: true,
      keep: (position) => membership.commit(position),
    });
    socket.resume();
    const serving = consumer.serve().finally(() => left.abort());
    try {
      await membership.run();
    } catch (failure) {
      await consumer.end(failure);
    }
    await serving;
  }
}

const RESETS: Readonly<Record<string, number>> = { earliest: EARLIEST, latest: LATEST };

/** Where a member reads on: what was committed, or what `reset` stands for where nothing was or it is out of the log. */
async function groupOffsets(
  client: LocalClient,
  topic: string,
  partitions: readonly number[],
  committed: ReadonlyMap<number, number>,
  reset: number,
): Promise<Map<number, number>> {
  if (partitions.length === 0) return new Map();
  const [earliest, latest] = await Promise.all(
    [EARLIEST, LATEST].map((timestamp) => listOffsets(client, topic, partitions, timestamp)),
  );
  const resets = reset === EARLIEST ? earliest! : latest!;
  return new Map(
    partitions.map((partition) => {
      const offset = committed.get(partition) ?? -1;
      const isThere = offset >= earliest!.get(partition)! && offset <= latest!.get(partition)!;
      return [partition, isThere ? offset : resets.get(partition)!];
    }),
  );
}
