import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * End to end with Kafka's own client: records of 100 bytes at a steady rate, each sent at once (linger.ms=0, acks=all),
 * read by a consumer in the same JVM, so that one clock measures. Latency is from send() to the return of the poll that
 * gave the record. The consumer reads everything; a record that is missing fails the run.
 *
 * Latency BOOTSTRAP TOPIC RATE WARMUP_SECONDS SECONDS
 */
public class Latency {
    private static final int RECORD_BYTES = 100;

    public static void main(String[] args) throws Exception {
        String bootstrap = args[0];
        String topic = args[1];
        int rate = Integer.parseInt(args[2]);
        int warmup = (int) (Double.parseDouble(args[3]) * rate);
        int count = warmup + (int) (Double.parseDouble(args[4]) * rate);

        long[] latencies = new long[count];
        Thread consumer = new Thread(() -> consume(bootstrap, topic, latencies));
        consumer.start();

        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("acks", "all");
        config.put("linger.ms", "0");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.partitionsFor(topic);
            long startedAt = System.nanoTime();
            for (int i = 0; i < count; i++) {
                long dueAt = startedAt + i * 1_000_000_000L / rate;
                for (long left = dueAt - System.nanoTime(); left > 0; left = dueAt - System.nanoTime()) LockSupport.parkNanos(left);
                byte[] value = new byte[RECORD_BYTES];
                ByteBuffer.wrap(value).putLong(System.nanoTime());
                producer.send(new ProducerRecord<>(topic, 0, null, value), (metadata, error) -> {
                    if (error != null) fail(error);
                });
            }
        }
        consumer.join();
        long[] counted = Arrays.copyOfRange(latencies, warmup, count);
        Arrays.sort(counted);
        System.out.printf(
            java.util.Locale.ROOT,
            "{\"messages\":%d,\"p50Ms\":%f,\"p95Ms\":%f,\"p99Ms\":%f,\"p999Ms\":%f}%n",
            counted.length, at(counted, 0.5), at(counted, 0.95), at(counted, 0.99), at(counted, 0.999));
    }

    private static void consume(String bootstrap, String topic, long[] latencies) {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            int read = 0;
            long lastAt = System.nanoTime();
            while (read < latencies.length) {
                var records = consumer.poll(Duration.ofSeconds(1));
                long now = System.nanoTime();
                for (var record : records) {
                    if (record.offset() != read) throw new IllegalStateException("offset " + record.offset() + " came instead of " + read);
                    latencies[read++] = now - ByteBuffer.wrap(record.value()).getLong();
                }
                if (!records.isEmpty()) lastAt = now;
                if (now - lastAt > 20_000_000_000L) throw new IllegalStateException("nothing came for 20 s after " + read + " records");
            }
        } catch (RuntimeException error) {
            fail(error);
        }
    }

    private static double at(long[] sorted, double fraction) {
        return sorted[Math.max(0, (int) Math.ceil(sorted.length * fraction) - 1)] / 1e6;
    }

    private static void fail(Exception error) {
        error.printStackTrace();
        System.exit(1);
    }
}
