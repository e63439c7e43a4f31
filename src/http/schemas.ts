/** The shapes of what HTTP takes and gives, as JSON Schema: what is validated is what the OpenAPI document says. */

const MAX_OFFSET = Number.MAX_SAFE_INTEGER;
const MAX_INT32 = 0x7fffffff;

export const topicName = {
  type: 'string',
  minLength: 1,
  maxLength: 249,
  pattern: '^[a-zA-Z0-9._-]+$',
  description: 'The name of a topic',
} as const;

export const partition = { type: 'integer', minimum: 0, maximum: MAX_INT32, description: 'A partition' } as const;
export const offset = { type: 'integer', minimum: 0, maximum: MAX_OFFSET } as const;
const timestamp = { type: 'integer', description: 'Milliseconds since the epoch' } as const;

/** Where a reader begins; see `startingOffsets`. */
export const startOffset = {
  type: 'string',
  // What fits into the header of a request, where Last-Event-ID comes back.
  maxLength: 12_288,
  pattern: '^(earliest|latest|[0-9]{1,16}|[0-9]{1,10}:[0-9]{1,16}(,[0-9]{1,10}:[0-9]{1,16})*)$',
  description: 'earliest, latest, the offset in the one partition, or partition:offset,…',
} as const;

export const isolation = {
  type: 'string',
  enum: ['read_uncommitted', 'read_committed'],
  default: 'read_uncommitted',
  description: 'Whether messages of open and of aborted transactions are read',
} as const;

export const valueFormat = {
  type: 'string',
  enum: ['text', 'json', 'base64'],
  default: 'text',
  description: 'What becomes of values: text where they are UTF-8, JSON where they are JSON, or base64 always',
} as const;

export const bytes = {
  description: 'Text, or {"base64": …} for bytes, or {"json": …} for the JSON text of a value, or null for none',
  anyOf: [
    { type: 'string' },
    { type: 'null' },
    {
      type: 'object',
      properties: { base64: { type: 'string' } },
      required: ['base64'],
      additionalProperties: false,
    },
    { type: 'object', properties: { json: {} }, required: ['json'], additionalProperties: false },
  ],
} as const;

export const headers = {
  description: 'Values by key, or a list of {key, value} in their order; a key may have several values',
  anyOf: [
    { type: 'object', additionalProperties: { anyOf: [...bytes.anyOf, { type: 'array', items: bytes }] } },
    {
      type: 'array',
      items: {
        type: 'object',
        properties: { key: { type: 'string' }, value: bytes },
        required: ['key'],
        additionalProperties: false,
      },
    },
  ],
} as const;

/** One record to be produced, without its topic. */
export const recordProperties = {
  key: { ...bytes, description: 'Decides the partition, as the Java client does (murmur2)' },
  value: bytes,
  headers,
  partition,
  timestamp: { ...timestamp, minimum: 0, maximum: MAX_OFFSET },
} as const;

export const problemSchema = {
  type: 'object',
  description: "An RFC 9457 problem with the name and the code of Kafka's error",
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    error: { type: 'string', examples: ['UNKNOWN_TOPIC_OR_PARTITION'] },
    errorCode: { type: 'integer' },
  },
  required: ['type', 'title', 'status', 'detail', 'error', 'errorCode'],
} as const;

export const written = {
  type: 'object',
  properties: {
    partition,
    offset: { ...offset, description: 'Absent where the record was not written' },
    timestamp,
    error: { type: 'string', description: "Kafka's error, where the record was not written" },
    errorCode: { type: 'integer' },
    detail: { type: 'string' },
  },
  required: ['partition'],
} as const;

export const message = {
  type: 'object',
  properties: { topic: topicName, partition, offset, timestamp, key: bytes, value: bytes, headers },
  required: ['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'],
} as const;

const failed = { description: 'What went wrong', content: { 'application/problem+json': { schema: problemSchema } } };

/** The answers that any operation may give beside its own. */
export const failures = { '4XX': failed, '5XX': failed } as const;
