// In Kafka's package, for the parts of its cleaner that are not public.
package org.apache.kafka.storage.internals.log;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/**
 * Apache Kafka's own log and cleaner on one partition's directory, at a time that is told. One command a line on stdin, its
 * fields separated by tabs; one line comes back, `ok …` or `error …`:
 *
 *   run  directory  config (key=value;…)  nowMs  clean|crashed  batches|-  clean from (or -1)  offset map's bytes
 *
 * opens the log, appends the batches of the file as a follower, compacts what may be compacted, closes it, and answers
 * where the compaction ended, the log's end, and each producer with its last offset and epoch.
 */
public final class KafkaLog {
    private static final int DAY_MS = 24 * 60 * 60 * 1000;
    private static final int BUFFER_BYTES = 64 * 1024;

    public static void main(String[] args) throws Exception {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String answer;
            try {
                answer = "ok " + run(line.split("\t"));
            } catch (Throwable failure) {
                failure.printStackTrace();
                answer = "error " + failure.toString().replace('\n', ' ');
            }
            System.out.println(answer);
        }
    }

    private static String run(String[] fields) throws Exception {
        File directory = new File(fields[1]);
        FixedTime time = new FixedTime(Long.parseLong(fields[3]));
        UnifiedLog log = open(directory, config(fields[2]), time, fields[4].equals("clean"));
        try {
            if (!fields[5].equals("-")) append(log, Path.of(fields[5]));
            log.updateHighWatermark(log.logEndOffset());
            long endOffset = -1;
            long from = Long.parseLong(fields[6]);
            if (from >= 0) endOffset = clean(log, from, Integer.parseInt(fields[7]), time);
            String producers = new TreeMap<>(log.lastRecordsOfActiveProducers()).entrySet().stream()
                .map(each -> each.getKey() + ":" + each.getValue().lastDataOffset().orElse(-1) + ":" + each.getValue().producerEpoch())
                .reduce((one, other) -> one + "," + other).orElse("-");
            return endOffset + " " + log.logEndOffset() + " " + producers;
        } finally {
            log.close();
        }
    }

    private static void append(UnifiedLog log, Path batches) throws IOException {
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(batches))).batches()) {
            ByteBuffer bytes = ByteBuffer.allocate(batch.sizeInBytes());
            batch.writeTo(bytes);
            bytes.flip();
            log.appendAsFollower(MemoryRecords.readableRecords(bytes), Math.max(batch.partitionLeaderEpoch(), 0));
        }
    }

    private static long clean(UnifiedLog log, long from, int mapBytes, FixedTime time) throws Exception {
        LogCleanerManager.OffsetsToClean range = LogCleanerManager.cleanableOffsets(log, Optional.of(from), time.nowMs);
        LogToClean dirty = new LogToClean(log, range.firstDirtyOffset(), range.firstUncleanableDirtyOffset(), false);
        if (dirty.cleanableBytes() == 0) return -1;
        Throttler throttler = new Throttler(Double.MAX_VALUE, 300, "cleaner-io", "bytes", time);
        SkimpyOffsetMap map = new SkimpyOffsetMap(mapBytes);
        Cleaner cleaner = new Cleaner(0, map, BUFFER_BYTES, BUFFER_BYTES, 0.9, throttler, time, partition -> { });
        return cleaner.doClean(dirty, time.nowMs).getKey();
    }

    private static LogConfig config(String text) {
        Map<String, String> settings = new HashMap<>();
        for (String setting : text.split(";")) settings.put(setting.split("=")[0], setting.split("=")[1]);
        return new LogConfig(settings);
    }

    private static UnifiedLog open(File directory, LogConfig config, Time time, boolean wasClean) throws IOException {
        return UnifiedLog.create(
            directory, config, 0, 0, new Now(), new BrokerTopicStats(), time, DAY_MS,
            new ProducerStateManagerConfig(DAY_MS, false), DAY_MS, new LogDirFailureChannel(1), wasClean, Optional.empty());
    }

    private static final class FixedTime implements Time {
        final long nowMs;

        FixedTime(long nowMs) {
            this.nowMs = nowMs;
        }

        @Override
        public long milliseconds() {
            return nowMs;
        }

        @Override
        public long nanoseconds() {
            return nowMs * 1_000_000;
        }

        @Override
        public void sleep(long ms) {
        }

        @Override
        public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
            throw new UnsupportedOperationException();
        }
    }

    /** What is to be done once is done now; what is to be done again and again, never. */
    private static final class Now implements Scheduler {
        private static final ScheduledFuture<?> NEVER = (ScheduledFuture<?>) Proxy.newProxyInstance(
            KafkaLog.class.getClassLoader(), new Class<?>[] {ScheduledFuture.class},
            (proxy, method, arguments) -> method.getReturnType() == boolean.class ? true : null);

        @Override
        public void startup() {
        }

        @Override
        public void shutdown() {
        }

        @Override
        public ScheduledFuture<?> schedule(String name, Runnable task, long delayMs, long periodMs) {
            if (periodMs <= 0) task.run();
            return NEVER;
        }

        @Override
        public void resizeThreadPool(int size) {
        }
    }
}
