import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * first ADDRESS SEED [WITHOUT…]: puts topics of every kind, records, groups, configs, users and quotas on an empty
 * broker; without any of: transactions, consumer-group, share-group.
 * more ADDRESS SEED [WITHOUT…]: puts more of each into what `first` made, for a directory with many restarts.
 * What is written follows from the seed, but for times and the order of partitions.
 */
public final class Fill {
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final long FIRST_TIMESTAMP = 1_700_000_000_000L;

    private final String address;
    private final Random random;
    private final Set<String> without;
    private final Admin admin;

    private Fill(String address, long seed, Set<String> without, Admin admin) {
        this.address = address;
        this.random = new Random(seed);
        this.without = without;
        this.admin = admin;
    }

    public static void main(String[] args) throws Exception {
        Set<String> without = Set.copyOf(List.of(args).subList(3, args.length));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[1]))) {
            Fill fill = new Fill(args[1], Long.parseLong(args[2]), without, admin);
            if (args[0].equals("first")) fill.first();
            else fill.more();
        }
        // A transaction that is left open keeps its producer.
        System.exit(0);
    }

    private void first() throws Exception {
        createTopics();
        records();
        if (has("transactions")) transactions();
        compacted(3);
        groups();
        admin.deleteTopics(List.of("gone", "again")).all().get();
        create("again", 1, Map.of());
        send("none", "again", 0, 20 + random.nextInt(50));
        admin.deleteRecords(Map.of(new TopicPartition("trimmed", 0), RecordsToDelete.beforeOffset(1 + random.nextInt(290)))).all().get();
        settings();
    }

    private void more() throws Exception {
        records();
        if (has("transactions")) transactions();
        compacted(1);
        groups();
    }

    private boolean has(String part) {
        return !without.contains(part);
    }

    private void createTopics() throws Exception {
        Map<String, String> compact = Map.of("segment.bytes", "1048576", "min.cleanable.dirty.ratio", "0.01",
            "delete.retention.ms", "100", "segment.ms", "1000");
        create("plain", 3, Map.of());
        create("codecs", 1, Map.of());
        create("mixed", 2, Map.of("segment.bytes", "1048576", "index.interval.bytes", "" + (100 + random.nextInt(5000))));
        create("rolled", 1, Map.of("segment.bytes", "1048576", "index.interval.bytes", "512"));
        create("rolled-by-time", 1, Map.of("segment.ms", "" + (200 + random.nextInt(800))));
        create("small-indexes", 1, Map.of("segment.index.bytes", "120", "index.interval.bytes", "0"));
        create("appendtime", 1, Map.of("message.timestamp.type", "LogAppendTime", "compression.type", CODECS.get(1 + random.nextInt(4))));
        create("recompressed", 1, Map.of("compression.type", random.nextBoolean() ? "gzip" : "uncompressed"));
        create("compacted", 1, with(compact, "cleanup.policy", "compact"));
        create("compacted-and-deleted", 1, with(compact, "cleanup.policy", "compact,delete"));
        create("preallocated", 1, Map.of("preallocate", "true", "segment.bytes", "1048576"));
        create("gone", 1, Map.of());
        create("again", 2, Map.of());
        create("trimmed", 1, Map.of());
        create("empty", 2, Map.of());
        if (has("transactions")) create("txn", 2, Map.of());
        send("none", "gone", 0, 50);
        send("none", "again", 0, 30);
        send("none", "trimmed", 0, 300);
    }

    private static Map<String, String> with(Map<String, String> settings, String key, String value) {
        Map<String, String> all = new HashMap<>(settings);
        all.put(key, value);
        return all;
    }

    private void create(String name, int partitions, Map<String, String> settings) throws Exception {
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(settings))).all().get();
    }

    private void records() {
        for (int partition = 0; partition < 3; partition++) send("none", "plain", partition, 100 + random.nextInt(300));
        for (String codec : CODECS) send(codec, "codecs", 0, 50 + random.nextInt(100));
        for (String codec : CODECS) send(codec, "recompressed", 0, 30);
        for (int round = 0; round < 6; round++) {
            send(CODECS.get(random.nextInt(5)), "mixed", random.nextInt(2), 1 + random.nextInt(400));
        }
        send("none", "appendtime", 0, 50);
        send("snappy", "appendtime", 0, 50);
        send("none", "small-indexes", 0, 200);
        send("none", "preallocated", 0, 60);
        send("none", "rolled-by-time", 0, 20);
        try (KafkaProducer<byte[], byte[]> producer = producer("none", Map.of("linger.ms", 5))) {
            for (int i = 0; i < 1800; i++) producer.send(new ProducerRecord<>("rolled", utf8("k" + i), bytes(1500)));
        }
        send("none", "rolled-by-time", 0, 20);
    }

    /** Records of all shapes, with timestamps that go back and forth. */
    private void send(String codec, String topic, int partition, int count) {
        Map<String, Object> settings = Map.of("linger.ms", random.nextInt(20), "batch.size", 200 + random.nextInt(30_000),
            "enable.idempotence", random.nextInt(4) > 0);
        try (KafkaProducer<byte[], byte[]> producer = producer(codec, settings)) {
            for (int i = 0; i < count; i++) producer.send(record(topic, partition, i));
        }
    }

    private ProducerRecord<byte[], byte[]> record(String topic, int partition, int i) {
        byte[] key = random.nextInt(5) == 0 && !topic.startsWith("compacted") ? null : utf8("k" + random.nextInt(60));
        byte[] value = random.nextInt(17) == 0 ? null : utf8(("v" + i + " ").repeat(1 + random.nextInt(30)));
        List<Header> headers = new ArrayList<>();
        for (int n = random.nextInt(3); n > 0; n--) headers.add(new RecordHeader("h" + n, random.nextInt(4) == 0 ? null : bytes(n)));
        long timestamp = FIRST_TIMESTAMP + i + (random.nextInt(10) == 0 ? random.nextInt(2000) : 0);
        return new ProducerRecord<>(topic, partition, timestamp, key, value, headers);
    }

    private void compacted(int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) {
            for (String topic : List.of("compacted", "compacted-and-deleted")) {
                try (KafkaProducer<byte[], byte[]> producer = producer(CODECS.get(random.nextInt(5)), Map.of("linger.ms", 5))) {
                    for (int i = 0; i < 400; i++) {
                        byte[] value = random.nextInt(25) == 0 ? null : bytes(100 + random.nextInt(3000));
                        producer.send(new ProducerRecord<>(topic, utf8("k" + random.nextInt(40)), value));
                    }
                }
            }
            // A segment is rolled by the append that comes later than segment.ms.
            Thread.sleep(1200);
        }
    }

    private void transactions() {
        List<String> topics = List.of("txn", "compacted");
        for (int t = 0; t < 3; t++) {
            try (KafkaProducer<byte[], byte[]> producer = producer("none", Map.of("transactional.id", "tx-" + t))) {
                producer.initTransactions();
                for (int round = 0; round < 4; round++) {
                    producer.beginTransaction();
                    for (int i = 0; i < 20; i++) {
                        String topic = topics.get(random.nextInt(4) == 0 ? 1 : 0);
                        producer.send(new ProducerRecord<>(topic, topic.equals("txn") ? i % 2 : 0, utf8("t" + i), utf8("tx-" + t + "-" + round)));
                    }
                    producer.flush();
                    if (random.nextInt(3) == 0) producer.abortTransaction();
                    else producer.commitTransaction();
                }
            }
        }
        // One that is open when the broker stops: readers of committed records stop before it.
        var open = producer("none", Map.of("transactional.id", "open", "transaction.timeout.ms", 900_000));
        open.initTransactions();
        open.beginTransaction();
        for (int i = 0; i < 10; i++) open.send(new ProducerRecord<>("txn", 1, utf8("open"), utf8("open " + i)));
        open.flush();
        send("none", "txn", 1, 15);
    }

    private void groups() {
        consume("classic-group", "classic", List.of("plain"), 150 + random.nextInt(100));
        consume("other-classic-group", "classic", List.of("codecs", "mixed"), 50);
        if (has("consumer-group")) consume("modern-group", "consumer", List.of("codecs"), 120);
        if (has("share-group")) share("share-group", "plain", 60);
    }

    private void consume(String group, String protocol, List<String> topics, int count) {
        Map<String, Object> settings = Map.of("bootstrap.servers", address, "group.id", group, "group.protocol", protocol,
            "auto.offset.reset", "earliest", "enable.auto.commit", false, "max.poll.records", 50);
        try (KafkaConsumer<byte[], byte[]> consumer =
                 new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(topics);
            int read = 0;
            for (long deadline = System.currentTimeMillis() + 30_000; read < count; consumer.commitSync()) {
                if (System.currentTimeMillis() > deadline) throw new IllegalStateException(group + " read " + read + " of " + count);
                read += consumer.poll(Duration.ofMillis(500)).count();
            }
        }
    }

    private void share(String group, String topic, int count) throws IllegalStateException {
        try {
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group),
                List.of(set("share.auto.offset.reset", "earliest")))).all().get();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
        Map<String, Object> settings = Map.of("bootstrap.servers", address, "group.id", group, "max.poll.records", 20);
        try (KafkaShareConsumer<byte[], byte[]> consumer =
                 new KafkaShareConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            int read = 0;
            for (long deadline = System.currentTimeMillis() + 30_000; read < count; consumer.commitSync()) {
                if (System.currentTimeMillis() > deadline) throw new IllegalStateException(group + " read " + read + " of " + count);
                read += consumer.poll(Duration.ofMillis(500)).count();
            }
        }
    }

    private void settings() throws Exception {
        var plain = new ConfigResource(ConfigResource.Type.TOPIC, "plain");
        var brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        admin.incrementalAlterConfigs(Map.of(plain, List.of(set("retention.ms", "987654321000"), set("max.message.bytes", "900000")),
            brokers, List.of(set("log.cleaner.threads", "2")))).all().get();
        admin.incrementalAlterConfigs(Map.of(plain,
            List.of(new AlterConfigOp(new ConfigEntry("max.message.bytes", ""), AlterConfigOp.OpType.DELETE)))).all().get();
        admin.createPartitions(Map.of("plain", NewPartitions.increaseTo(4))).all().get();
        for (String user : List.of("alice", "bob", "carol")) {
            ScramMechanism mechanism = random.nextBoolean() ? ScramMechanism.SCRAM_SHA_256 : ScramMechanism.SCRAM_SHA_512;
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(user,
                new ScramCredentialInfo(mechanism, 4096 + random.nextInt(100)), user + "-secret"))).all().get();
        }
        quota(Map.of("user", "alice"), "producer_byte_rate", 1048576.0);
        quota(Map.of("user", "alice", "client-id", "a"), "request_percentage", 12.5);
        quota(Collections.singletonMap("client-id", null), "consumer_byte_rate", 2e6);
    }

    private void quota(Map<String, String> entity, String key, double value) throws Exception {
        var op = new ClientQuotaAlteration.Op(key, value);
        admin.alterClientQuotas(List.of(new ClientQuotaAlteration(new ClientQuotaEntity(entity), List.of(op)))).all().get();
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private KafkaProducer<byte[], byte[]> producer(String codec, Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", address);
        all.put("compression.type", codec);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
