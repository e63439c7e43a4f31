import { onTestFinished } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { loadBrokerConfig } from '../../src/config/load-broker-config.ts';
import { HttpServer } from '../../src/http/http-server.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import type { Tracing } from '../../src/platform/tracing.ts';
import { startTestBroker, type TestBroker } from '../support/test-broker.ts';

export interface TestHttp extends TestBroker {
  readonly http: HttpServer;
  readonly url: string;
  readonly httpPort: number;
  /** JSON in, JSON out. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is what it is held against
  readonly body: any;
}

export interface TestHttpOptions {
  /** Told the bytes of the values that HTTP fetched from the broker. */
  readonly onFetched?: (bytes: number) => void;
  readonly logger?: Logger;
  readonly tracing?: Tracing;
}

/** A broker with HTTP on a free port, stopped with the test. */
export async function startHttp(
  settings: Record<string, string> = {},
  { onFetched, logger = silentLogger, tracing }: TestHttpOptions = {},
): Promise<TestHttp> {
  const broker = await startTestBroker(settings, undefined, undefined, tracing);
  const { config } = loadBrokerConfig({
    set: Object.entries({ 'http.listeners': 'http://127.0.0.1:0', ...settings }).map(
      ([key, value]) => `${key}=${value}`,
    ),
  });
  const http = await HttpServer.start({
    config,
    broker: onFetched === undefined ? broker.broker : watched(broker.broker, onFetched),
    logger,
    tracing,
  });
  onTestFinished(() => http.stop());
  const { port: httpPort } = http.listeners[0]!;
  const url = `http://127.0.0.1:${httpPort}`;
  return { ...broker, http, url, httpPort, call: (...request) => callOn(url, ...request) };
}

function watched(broker: Broker, onFetched: (bytes: number) => void): Pick<Broker, 'localClient' | 'metrics'> {
  return {
    metrics: () => broker.metrics(),
    localClient(options) {
      const client = broker.localClient(options);
      const fetch = client.fetch.bind(client);
      client.fetch = async (request) => {
        const fetched = await fetch(request);
        const messages = fetched.flatMap((partition) => partition.messages);
        onFetched(messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0));
        return fetched;
      };
      return client;
    },
  };
}

async function callOn(url: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : {
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}
