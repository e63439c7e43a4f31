import static java.util.Map.entry;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** suite ADDRESS | produce ADDRESS TOPIC… | consume ADDRESS TOPIC…, as compat-tests/README.md says. */
public final class Client {
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });

    final String address;

    Client(String address) {
        this.address = address;
    }

    public static void main(String[] args) {
        Client client = new Client(args[1]);
        Map<String, Callable<Void>> scenarios = new LinkedHashMap<>();
        if (args[0].equals("suite")) scenarios = new Scenarios(client).all();
        for (String topic : List.of(args).subList(2, args.length)) {
            if (args[0].equals("produce")) scenarios.put(topic + " written", () -> client.produce(topic));
            else scenarios.put(topic + " read", () -> client.consume(topic));
        }
        boolean allPassed = true;
        for (Map.Entry<String, Callable<Void>> scenario : scenarios.entrySet()) {
            Future<Void> running = THREADS.submit(scenario.getValue());
            try {
                running.get(60, TimeUnit.SECONDS);
                System.out.println("ok " + scenario.getKey());
            } catch (Exception failure) {
                running.cancel(true);
                allPassed = false;
                System.out.println("not ok " + scenario.getKey() + ": " + trace(failure));
            }
        }
        System.exit(allPassed ? 0 : 1);
    }

    private static String trace(Throwable failure) {
        StringWriter trace = new StringWriter();
        Optional.ofNullable(failure.getCause()).orElse(failure).printStackTrace(new PrintWriter(trace));
        return trace.toString().replace('\n', '|').replace('\t', ' ');
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", address, "client.id", "compat-java-admin"));
    }

    KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(Map.of("bootstrap.servers", address, "client.id", "compat-java"));
        all.putAll(settings);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(Map.ofEntries(
            entry("bootstrap.servers", address), entry("client.id", "compat-java"),
            entry("auto.offset.reset", "earliest"), entry("heartbeat.interval.ms", 500),
            entry("enable.auto.commit", false), entry("group.protocol", "classic")));
        all.putAll(settings);
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Void produce(String topic) throws Exception {
        String codec = topic.substring(topic.lastIndexOf('.') + 1);
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", codec, "linger.ms", 50))) {
            for (int offset = 0; offset < Records.COUNT; offset++) producer.send(Records.at(topic, offset));
            producer.flush();
        }
        return null;
    }

    private Void consume(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            for (long next = 0; next < Records.COUNT; ) {
                for (ConsumerRecord<byte[], byte[]> read : consumer.poll(Duration.ofSeconds(5))) {
                    Records.check(read.offset() == next, topic + ": offset " + read.offset() + ", not " + next);
                    Records.verify(read);
                    next++;
                }
            }
            Records.check(consumer.endOffsets(List.of(partition)).get(partition) == Records.COUNT, topic + ": end offset");
        }
        return null;
    }
}
