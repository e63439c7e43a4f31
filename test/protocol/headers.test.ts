import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codec, encodeWhole } from '../../protocol/codec.ts';
import {
  decodeRequestHeader,
  encodeResponseHeader,
  peekRequest,
  requestHeaderVersion,
  responseHeaderVersion,
} from '../../protocol/headers.ts';
import { messageNamed } from '../../protocol/messages.ts';
import { apiVersionsRequest, apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { requestHeader } from '../../protocol/schema/request-header.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { NameCache } from '../../protocol/wire/name-cache.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';

// What org.apache.kafka.common.protocol.ApiKeys.requestHeaderVersion and responseHeaderVersion give in 4.3.1.
describe('header versions', () => {
  test.each([
    ['Produce', 8, 1, 0],
    ['Produce', 9, 2, 1],
    ['SaslHandshake', 1, 1, 0],
    ['Metadata', 8, 1, 0],
    ['Metadata', 13, 2, 1],
    ['ConsumerGroupHeartbeat', 0, 2, 1],
    ['ApiVersions', 2, 1, 0],
    ['ApiVersions', 3, 2, 0],
    ['ApiVersions', 4, 2, 0],
  ])('%s %d has request header %d and response header %d', (name, version, request, response) => {
    expect(requestHeaderVersion(messageNamed(`${name}Request`)!, version)).toBe(request);
    expect(responseHeaderVersion(messageNamed(`${name}Response`)!, version)).toBe(response);
  });
});

describe('request headers', () => {
  test.each([
    ['version 1', '0012000200000007000163', 2, 'c'],
    ['version 1 without a client id', '0012000200000007ffff', 2, null],
    ['version 2', '001200030000000700016300', 3, 'c'],
    ['version 2 with a tagged field', '00120003000000070001630163020000', 3, 'c'],
    ['of a version that is newer than the table', '001200630000000700016300', 99, 'c'],
  ])('%s', (_, hex, apiVersion, clientId) => {
    const frame = Buffer.from(`${hex}abcd`, 'hex');
    const { header, body } = decodeRequestHeader(frame, apiVersionsRequest);
    expect(header).toEqual({ apiKey: 18, apiVersion, correlationId: 7, clientId });
    expect(frame.subarray(body.position).toString('hex')).toBe('abcd');
    expect(peekRequest(frame)).toEqual({ apiKey: 18, apiVersion });
  });

  test('cut short anywhere fail with one clean error', () => {
    const frame = Buffer.from('001200030000000700016300', 'hex');
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeRequestHeader(frame.subarray(0, length), apiVersionsRequest)).toThrow(DecodeError);
    }
  });
});

describe('response headers', () => {
  test.each([
    [messageNamed('ProduceResponse')!, 8, '00000007'],
    [messageNamed('ProduceResponse')!, 9, '0000000700'],
    [apiVersionsResponse, 4, '00000007'],
  ])('%#', (response, version, hex) => {
    const writer = new Writer();
    encodeResponseHeader(response, version, 7, writer);
    expect(writer.toBuffer().toString('hex')).toBe(hex);
  });
});

describe('headers by hand agree with the codecs of their tables', () => {
  const clientIds = fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: null });
  const tagged = fc.array(fc.record({ tag: fc.nat(200), data: fc.uint8Array({ maxLength: 9 }).map(Buffer.from) }));

  test('in what they read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 13 }), clientIds, tagged, (requestApiVersion, clientId, fields) => {
        const request = messageNamed('ProduceRequest')!;
        const version = requestHeaderVersion(request, requestApiVersion);
        const writer = new Writer();
        codec(requestHeader, version).encode(
          {
            ...{ requestApiKey: 0, requestApiVersion, correlationId: -7, clientId },
            ...(version === 2 ? { unknownTaggedFields: fields } : {}),
          },
          writer,
        );
        const frame = writer.toBuffer();
        const { header, body } = decodeRequestHeader(frame, request, new NameCache());
        expect(body.remaining).toBe(0);
        const { requestApiKey, ...rest } = codec(requestHeader, version).decode(new Reader(frame));
        expect({ ...header, unknownTaggedFields: undefined }).toEqual({
          ...rest,
          apiKey: requestApiKey,
          apiVersion: rest.requestApiVersion,
          requestApiVersion: undefined,
          unknownTaggedFields: undefined,
        });
      }),
    );
  });

  test('in what they write', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.constantFrom(8, 9),
        (correlationId, version) => {
          const response = messageNamed('ProduceResponse')!;
          const byHand = new Writer();
          encodeResponseHeader(response, version, correlationId, byHand);
          const expected = encodeWhole(responseHeader, responseHeaderVersion(response, version), { correlationId });
          expect(byHand.toBuffer().equals(expected)).toBe(true);
        },
      ),
    );
  });
});
