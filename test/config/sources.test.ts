import { describe, expect, test } from 'vitest';
import { propertiesFromEnvironment } from '../../src/config/environment.ts';
import { parseProperties } from '../../src/config/properties.ts';

describe('parseProperties reads as java.util.Properties does', () => {
  test.each([
    ['a=b', { a: 'b' }],
    ['  a = b c  ', { a: 'b c  ' }],
    ['a:b', { a: 'b' }],
    ['a b', { a: 'b' }],
    ['a', { a: '' }],
    ['a==b', { a: '=b' }],
    ['a = = b', { a: '= b' }],
    ['# c\n! d\n\na=1\r\nb=2\rc=3', { a: '1', b: '2', c: '3' }],
    ['a=1,\\\n   2,\\\n   3', { a: '1,2,3' }],
    ['a=1\\\\\nb=2', { a: '1\\', b: '2' }],
    ['a\\=b\\ c=d', { 'a=b c': 'd' }],
    ['a=\\u00e9\\t\\n\\q', { a: 'é\t\nq' }],
    ['a=1\na=2', { a: '2' }],
    ['a=1\\\n# not a comment', { a: '1# not a comment' }],
    ['a=C:\\\\dir', { a: 'C:\\dir' }],
  ])('%j', (text, entries) => {
    expect(Object.fromEntries(parseProperties(text))).toEqual(entries);
  });
});

describe("propertiesFromEnvironment reads as Kafka's image does", () => {
  test.each([
    [{ KAFKA_NODE_ID: '1' }, { 'node.id': '1' }],
    [{ KAFKA_A__B: '1' }, { a_b: '1' }],
    [{ KAFKA_A___B: '1' }, { 'a-b': '1' }],
    [{ KAFKA_LISTENER_NAME_CONTROLLER_SSL___X__Y: '1' }, { 'listener.name.controller.ssl-x_y': '1' }],
    [{ SAMSA_LOG_LEVEL: 'debug' }, { 'samsa.log.level': 'debug' }],
    [{ KAFKA_HEAP_OPTS: '-Xmx1g', KAFKA_LOG4J_ROOT_LOGLEVEL: 'INFO', NODE_ID: '2' }, {}],
  ])('%j', (env, entries) => {
    expect(Object.fromEntries(propertiesFromEnvironment(env))).toEqual(entries);
  });
});
