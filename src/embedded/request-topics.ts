import type { Field, Fields, Message } from '../../protocol/schema/table.ts';

/** The topics that a request names, by name or by id, wherever in it; `nameOf` knows the names of ids. */
export function topicsOf(
  message: Message,
  request: object,
  nameOf: (topicId: string) => string | undefined,
): ReadonlySet<string> {
  const found = new Set<string>();
  collect(message.fields, request, nameOf, found);
  return found;
}

function collect(
  fields: Fields,
  value: object,
  nameOf: (topicId: string) => string | undefined,
  found: Set<string>,
): void {
  const values = new Map<string, unknown>(Object.entries(value));
  for (const [name, field] of Object.entries(fields)) {
    for (const each of [values.get(name)].flat()) {
      const inner = structOf(field);
      if (inner !== undefined) {
        if (typeof each === 'object' && each !== null) collect(inner, each, nameOf, found);
      } else if (typeof each === 'string') {
        const topic = field.options.entityType === 'topicName' ? each : name === 'topicId' ? nameOf(each) : undefined;
        if (topic !== undefined) found.add(topic);
      }
    }
  }
}

function structOf({ fields, element }: Field): Fields | undefined {
  return fields ?? (typeof element === 'object' ? element : undefined);
}
