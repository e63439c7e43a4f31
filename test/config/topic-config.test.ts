import { describe, expect, test } from 'vitest';
import { loadBrokerConfig } from '../../src/config/load-broker-config.ts';
import { logConfigFor, validateTopicConfigs } from '../../src/config/topic-config.ts';
import { defaultLogConfig } from '../../src/log/log-config.ts';

const HOUR_MS = 3_600_000;
const none: ReadonlyMap<string, string> = new Map();

function broker(...set: string[]) {
  return loadBrokerConfig({ set }).config;
}

describe('logConfigFor', () => {
  test("gives Kafka's defaults where nothing is set", () => {
    expect(logConfigFor(broker(), none)).toEqual(defaultLogConfig);
  });

  test.each([
    [['log.retention.hours=2'], { retentionMs: 2 * HOUR_MS }],
    [['log.retention.hours=2', 'log.retention.minutes=3'], { retentionMs: 180_000 }],
    [['log.retention.hours=2', 'log.retention.minutes=3', 'log.retention.ms=4'], { retentionMs: 4 }],
    [['log.retention.hours=-1'], { retentionMs: -1 }],
    [['log.roll.hours=1', 'log.roll.jitter.hours=1'], { segmentMs: HOUR_MS, segmentJitterMs: HOUR_MS }],
    [['log.roll.hours=1', 'log.roll.ms=5'], { segmentMs: 5 }],
    [['log.flush.scheduler.interval.ms=7'], { flushMs: 7 }],
    [['log.flush.scheduler.interval.ms=7', 'log.flush.interval.ms=6'], { flushMs: 6 }],
    [['message.max.bytes=10', 'log.segment.bytes=2097152'], { maxMessageBytes: 10, segmentBytes: 2_097_152 }],
    [['compression.type=zstd', 'log.preallocate=true'], { compressionType: 'zstd', preallocate: true }],
  ])("takes a topic's defaults from the broker's %j", (set, expected) => {
    expect(logConfigFor(broker(...set), none)).toMatchObject(expected);
  });

  test("lets a topic's own values win", () => {
    const overrides = new Map([
      ['retention.ms', '9223372036854775807'],
      ['cleanup.policy', 'compact,delete'],
      ['message.timestamp.type', 'LogAppendTime'],
      ['internal.segment.bytes', '1000'],
    ]);
    expect(logConfigFor(broker('log.retention.ms=4'), overrides)).toMatchObject({
      retentionMs: Number.MAX_SAFE_INTEGER,
      cleanupPolicy: new Set(['compact', 'delete']),
      messageTimestampType: 'LogAppendTime',
      segmentBytes: 1000,
    });
  });
});

test("validateTopicConfigs compares the compaction lags, the broker's included", () => {
  const strict = broker('log.cleaner.max.compaction.lag.ms=50');
  expect(() => validateTopicConfigs(strict, new Map([['min.compaction.lag.ms', '50']]))).not.toThrow();
  expect(() => validateTopicConfigs(strict, new Map([['min.compaction.lag.ms', '51']]))).toThrow(
    expect.objectContaining({ error: 'INVALID_CONFIG' }),
  );
});
