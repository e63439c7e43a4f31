import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACTED_ON, ACTED_ON_OF_TOPICS } from '../../src/config/acted-on.ts';
import { STRUCTURED } from '../../src/config/broker-config.ts';
import { topicSynonyms } from '../../src/config/catalogue/topic-synonyms.ts';
import { configurationDoc } from './configuration-doc.ts';

test('docs/configuration.md says what the code does (vitest -u writes it anew)', async () => {
  await expect(configurationDoc()).toMatchFileSnapshot('../../docs/configuration.md');
});

test('every key that is listed as acted on is read somewhere', () => {
  const source = readSources(join(import.meta.dirname, '../../src'));
  const throughTopics = ACTED_ON_OF_TOPICS.flatMap((name) => topicSynonyms[name] ?? []);
  const elsewhere: ReadonlySet<string> = new Set([...STRUCTURED, ...throughTopics]);
  const unread = ACTED_ON.filter((key) => {
    const field = key.replace(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return !elsewhere.has(key) && !new RegExp(`\\b${field}\\b|'${key}'`).test(source);
  });
  expect(unread).toEqual([]);
});

/** All of src/ but the lists of keys themselves. */
function readSources(directory: string): string {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'acted-on.ts')
    .filter((entry) => !entry.parentPath.endsWith('catalogue'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}
