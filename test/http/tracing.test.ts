import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startBroker } from '../../src/index.ts';
import { openTelemetry } from '../../src/platform/open-telemetry.ts';
import { startHttp } from './support.ts';

/** What a program does that wants to be told; the spans that ended. */
function setUp(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  return exporter;
}

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

test('nobody is told where the program has not set OpenTelemetry up', async () => {
  expect(await openTelemetry()).toBeUndefined();
});

describe('over HTTP', () => {
  test('a request is a span within the caller’s, and what it asks of the broker one within it', async () => {
    const exporter = setUp();
    const { url, call } = await startHttp({}, { tracing: (await openTelemetry())! });
    await call('POST', '/topics', { name: 'greetings', partitions: 1 });
    exporter.reset();
    const response = await fetch(`${url}/produce`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
      body: JSON.stringify({ topic: 'greetings', value: 'Hello' }),
    });
    expect(response.status).toBe(200);
    await vi.waitFor(() => expect(exporter.getFinishedSpans()).toHaveLength(2));
    const [send, server] = exporter.getFinishedSpans();
    expect(server).toMatchObject({
      name: 'POST /produce',
      kind: SpanKind.SERVER,
      parentSpanContext: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
      attributes: { 'http.request.method': 'POST', 'http.route': '/produce', 'http.response.status_code': 200 },
    });
    expect(send).toMatchObject({
      name: 'send greetings',
      kind: SpanKind.PRODUCER,
      parentSpanContext: { spanId: server!.spanContext().spanId },
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'greetings',
        'messaging.operation.type': 'send',
        'messaging.batch.message_count': 1,
      },
    });
  });

  test('reading is a span too', async () => {
    const exporter = setUp();
    const { call } = await startHttp({}, { tracing: (await openTelemetry())! });
    await call('POST', '/produce', { topic: 't', value: 'x' });
    exporter.reset();
    await call('GET', '/consume?topic=t');
    await vi.waitFor(() => expect(exporter.getFinishedSpans().map(({ name }) => name)).toContain('GET /consume'));
    const [poll, server] = exporter.getFinishedSpans();
    expect(poll).toMatchObject({ name: 'poll t', attributes: { 'messaging.operation.type': 'receive' } });
    expect(poll!.parentSpanContext?.spanId).toBe(server!.spanContext().spanId);
  });
});

test('the embedded broker’s own client tells, of failures too', async () => {
  const exporter = setUp();
  const broker = await startBroker();
  onTestFinished(() => broker.close());
  await trace.getTracer('program').startActiveSpan('test', async (outer) => {
    await broker.produce('t', { value: 'x' });
    await expect(broker.produce('no/name', { value: 'x' })).rejects.toThrow();
    outer.end();
  });
  const sends = exporter.getFinishedSpans().filter(({ name }) => name.startsWith('send '));
  const outer = exporter.getFinishedSpans().find(({ name }) => name === 'test')!;
  expect(sends.map(({ name }) => name)).toEqual(['send t', 'send no/name']);
  for (const { parentSpanContext } of sends) expect(parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
  expect(sends[1]).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'INVALID_TOPIC_EXCEPTION' },
  });
});
