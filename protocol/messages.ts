/** Every message by name. Imports all tables, so only tools and tests use it; the broker imports what it serves. */
import { persisted } from './schema/persisted.ts';
import { apis } from './schema/requests.ts';
import type { Message } from './schema/table.ts';

const byName = new Map<string, Message>();
for (const { request, response } of apis) byName.set(request.name, request).set(response.name, response);
for (const message of persisted) byName.set(message.name, message);

/** A message by Kafka's name (`ProduceRequest`, `GroupMetadataValue`, `RequestHeader`). */
export function messageNamed(name: string): Message | undefined {
  return byName.get(name);
}
