import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What the Java client has to do against a broker. */
final class Scenarios {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private final Client client;

    Scenarios(Client client) {
        this.client = client;
    }

    Map<String, Callable<Void>> all() {
        Map<String, Callable<Void>> all = new LinkedHashMap<>();
        all.put("cluster: described", this::cluster);
        all.put("topic: create, use at once, describe, list, delete", this::topicLife);
        all.put("topic: configs are read and altered", this::configs);
        all.put("topic: created by the first produce", this::autoCreate);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            all.put(codec + ": produce and consume", () -> roundTrip(codec));
        }
        all.put("headers, empty and null keys and values", this::emptyAndNull);
        all.put("acks 0, 1 and all", this::acks);
        all.put("idempotent producer, five requests in flight", this::idempotent);
        all.put("a record above max.message.bytes is refused", this::tooLarge);
        all.put("group: three members share six partitions, one leaves", () -> rebalance("range"));
        all.put("group: cooperative rebalance", () -> rebalance("cooperative"));
        all.put("group: commit with metadata, stop, resume", this::resume);
        all.put("group: listed, described, offsets read, deleted", this::groupAdmin);
        all.put("offsets: by timestamp, earliest, latest, max timestamp", this::byTimestamp);
        return all;
    }

    private Void cluster() throws Exception {
        try (Admin admin = client.admin()) {
            check(admin.describeCluster().clusterId().get().length() > 0, "cluster id");
            check(admin.describeCluster().nodes().get().size() == 1, "nodes");
            check(admin.describeCluster().controller().get() != null, "controller");
            check(admin.describeFeatures().featureMetadata().get().finalizedFeatures().containsKey("metadata.version"), "features");
        }
        return null;
    }

    private Void topicLife() throws Exception {
        String topic = newTopic(3);
        send(topic, Map.of("retries", 0, "enable.idempotence", false), 3);
        try (Admin admin = client.admin()) {
            check(admin.listTopics().names().get().contains(topic), "listed");
            TopicDescription description = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            check(description.partitions().size() == 3, "partitions");
            check(!description.topicId().toString().equals("AAAAAAAAAAAAAAAAAAAAAA"), "topic id");
            fails(TopicExistsException.class, () -> admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all());
            admin.deleteTopics(TopicCollection.ofTopicIds(List.of(description.topicId()))).all().get();
            until("the topic to be gone", () -> {
                try {
                    return !admin.listTopics().names().get().contains(topic);
                } catch (InterruptedException | ExecutionException failure) {
                    throw new AssertionError(failure);
                }
            });
            fails(UnknownTopicOrPartitionException.class, () -> admin.describeTopics(List.of(topic)).allTopicNames());
        }
        return null;
    }

    private Void configs() throws Exception {
        String topic = name();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = client.admin()) {
            NewTopic wanted = new NewTopic(topic, 1, (short) 1).configs(Map.of("retention.ms", "12345678"));
            check(admin.createTopics(List.of(wanted)).config(topic).get().get("retention.ms").value().equals("12345678"), "answer");
            ConfigEntry entry = admin.describeConfigs(List.of(resource)).all().get().get(resource).get("retention.ms");
            check(entry.value().equals("12345678"), "read at once");
            check(entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, "source " + entry.source());
            AlterConfigOp set = new AlterConfigOp(new ConfigEntry("segment.bytes", "20000000"), AlterConfigOp.OpType.SET);
            AlterConfigOp delete = new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(set, delete))).all().get();
            ConfigEntry altered = admin.describeConfigs(List.of(resource)).all().get().get(resource).get("segment.bytes");
            check(altered.value().equals("20000000"), "altered");
            ConfigEntry reset = admin.describeConfigs(List.of(resource)).all().get().get(resource).get("retention.ms");
            // The brokers of these suites run with log.retention.ms=-1.
            boolean isBrokers = reset.source() == ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG;
            check(reset.value().equals("-1") && isBrokers, "reset to " + reset);
        }
        return null;
    }

    private Void autoCreate() throws Exception {
        String topic = name();
        send(topic, Map.of(), 3);
        read(topic, 3, Map.of());
        return null;
    }

    private Void roundTrip(String codec) throws Exception {
        String topic = newTopic(1);
        send(topic, Map.of("compression.type", codec, "linger.ms", 20), 2000);
        List<ConsumerRecord<byte[], byte[]>> read = read(topic, 2000, Map.of("check.crcs", true));
        for (int i = 0; i < 2000; i++) {
            check(read.get(i).offset() == i && new String(read.get(i).value(), UTF_8).equals("v" + i), "record " + i);
        }
        return null;
    }

    private Void emptyAndNull() throws Exception {
        String topic = newTopic(1);
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            producer.send(new ProducerRecord<>(topic, null, new byte[0]));
            producer.send(new ProducerRecord<>(topic, new byte[0], null));
            ProducerRecord<byte[], byte[]> last = new ProducerRecord<>(topic, bytes("k"), bytes("v"));
            last.headers().add("twice", bytes("one")).add("twice", bytes("two")).add("null", null).add("", new byte[0]);
            producer.send(last).get();
        }
        List<ConsumerRecord<byte[], byte[]>> read = read(topic, 3, Map.of());
        check(read.get(0).key() == null && read.get(0).value().length == 0, "null key, empty value");
        check(read.get(1).key().length == 0 && read.get(1).value() == null, "empty key, null value");
        check(read.get(2).headers().toArray().length == 4, "headers");
        check(read.get(2).headers().lastHeader("null").value() == null, "null header");
        check(new String(read.get(2).headers().lastHeader("twice").value(), UTF_8).equals("two"), "repeated header");
        return null;
    }

    private Void acks() throws Exception {
        String topic = newTopic(1);
        for (String acks : List.of("0", "1", "all")) {
            send(topic, Map.of("acks", acks, "enable.idempotence", false), 10);
        }
        read(topic, 30, Map.of());
        return null;
    }

    private Void idempotent() throws Exception {
        String topic = newTopic(1);
        Map<String, Object> settings = Map.of("enable.idempotence", true, "batch.size", 64, "linger.ms", 0);
        List<Future<RecordMetadata>> sent = send(topic, settings, 3000);
        for (int i = 0; i < sent.size(); i++) check(sent.get(i).get().offset() == i, "offset of " + i);
        read(topic, 3000, Map.of());
        return null;
    }

    private Void tooLarge() throws Exception {
        String topic = name();
        try (Admin admin = client.admin()) {
            NewTopic wanted = new NewTopic(topic, 1, (short) 1).configs(Map.of("max.message.bytes", "1000"));
            admin.createTopics(List.of(wanted)).all().get();
        }
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            fails(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>(topic, new byte[2000])));
            producer.send(new ProducerRecord<>(topic, new byte[500])).get();
        }
        return null;
    }

    private Void rebalance(String kind) throws Exception {
        String topic = newTopic(6);
        String assignor = kind.equals("range") ? "RangeAssignor" : "CooperativeStickyAssignor";
        Map<String, Object> settings = Map.of("group.id", name(), "max.poll.interval.ms", 10_000,
            "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) members.add(new Member(client, settings, topic, seen));
        until("two partitions each", () -> members.stream().allMatch(member -> member.share == 2));
        sendToEach(topic, 6, 0);
        until("60 records", () -> seen.size() == 60);
        members.remove(2).leave();
        until("three partitions each", () -> members.stream().allMatch(member -> member.share == 3));
        sendToEach(topic, 6, 60);
        until("120 records", () -> seen.size() == 120);
        for (Member member : members) member.leave();
        return null;
    }

    /** A consumer that polls on a thread of its own. */
    private static final class Member extends Thread {
        volatile int share;
        private volatile boolean leaving;
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Set<String> seen;

        Member(Client client, Map<String, Object> settings, String topic, Set<String> seen) {
            this.seen = seen;
            consumer = client.consumer(settings);
            consumer.subscribe(List.of(topic));
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            while (!leaving) {
                for (ConsumerRecord<byte[], byte[]> read : consumer.poll(Duration.ofMillis(100))) {
                    seen.add(new String(read.value(), UTF_8));
                }
                share = consumer.assignment().size();
                consumer.commitAsync();
            }
            consumer.close();
        }

        void leave() throws InterruptedException {
            leaving = true;
            join();
        }
    }

    private Void resume() throws Exception {
        String topic = newTopic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        Map<String, Object> settings = Map.of("group.id", name(), "max.poll.records", 10);
        send(topic, Map.of(), 30);
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            check(poll(consumer, 10).size() == 10, "ten records");
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7, "seven, näämlich")));
        }
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            check(poll(consumer, 10).get(0).offset() == 7, "resumed");
            OffsetAndMetadata committed = consumer.committed(Set.of(partition)).get(partition);
            check(committed.metadata().equals("seven, näämlich"), "metadata " + committed);
        }
        return null;
    }

    private Void groupAdmin() throws Exception {
        String topic = newTopic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        String group = name();
        send(topic, Map.of(), 5);
        try (Admin admin = client.admin();
             KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("group.id", group, "group.instance.id", "one"))) {
            consumer.subscribe(List.of(topic));
            poll(consumer, 5);
            consumer.commitSync();
            check(admin.listGroups().all().get().stream().anyMatch(listed -> listed.groupId().equals(group)), "listed");
            var description = admin.describeClassicGroups(List.of(group)).all().get().get(group);
            check(description.members().size() == 1, "members");
            var member = description.members().iterator().next();
            check(member.groupInstanceId().get().equals("one"), "instance id");
            check(member.host().startsWith("/"), "host " + member.host());
            check(member.assignment().topicPartitions().equals(Set.of(partition)), "assignment");
            var offsets = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
            check(offsets.get(partition).offset() == 5, "committed");
        }
        try (Admin admin = client.admin()) {
            // A static member stays until its session ends, so it is removed by name.
            admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(
                List.of(new MemberToRemove("one")))).all().get();
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(2))).all().get();
            check(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset() == 2, "altered");
            admin.deleteConsumerGroups(List.of(group)).all().get();
            check(admin.listGroups().all().get().stream().noneMatch(listed -> listed.groupId().equals(group)), "deleted");
        }
        return null;
    }

    private Void byTimestamp() throws Exception {
        String topic = newTopic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        long start = 1_700_000_000_000L;
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            for (int i = 0; i < 100; i++) producer.send(new ProducerRecord<>(topic, 0, start + i * 1000L, null, bytes("v")));
        }
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of()); Admin admin = client.admin()) {
            OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, start + 41_500)).get(partition);
            check(found.offset() == 42 && found.timestamp() == start + 42_000, "found " + found);
            check(consumer.offsetsForTimes(Map.of(partition, start + 100_000)).get(partition) == null, "beyond the end");
            check(consumer.beginningOffsets(List.of(partition)).get(partition) == 0, "beginning");
            check(consumer.endOffsets(List.of(partition)).get(partition) == 100, "end");
            ListOffsetsResult.ListOffsetsResultInfo last =
                admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).partitionResult(partition).get();
            check(last.offset() == 99 && last.timestamp() == start + 99_000, "max timestamp " + last);
        }
        return null;
    }

    private String newTopic(int partitions) throws Exception {
        String topic = name();
        try (Admin admin = client.admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
        }
        return topic;
    }

    private List<Future<RecordMetadata>> send(String topic, Map<String, Object> settings, int count) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = client.producer(settings)) {
            for (int i = 0; i < count; i++) sent.add(producer.send(new ProducerRecord<>(topic, bytes("k" + i), bytes("v" + i))));
        }
        for (Future<RecordMetadata> one : sent) one.get();
        return sent;
    }

    private void sendToEach(String topic, int partitions, int from) {
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            for (int i = from; i < from + 60; i++) producer.send(new ProducerRecord<>(topic, i % partitions, null, bytes("v" + i)));
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> read(String topic, int count, Map<String, Object> settings) {
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(settings)) {
            List<TopicPartition> partitions =
                consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<ConsumerRecord<byte[], byte[]>> read = poll(consumer, count);
            check(read.size() == count, read.size() + " records, not " + count);
            return read;
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> poll(KafkaConsumer<byte[], byte[]> consumer, int atLeast) {
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        until(atLeast + " records", () -> {
            consumer.poll(Duration.ofMillis(200)).forEach(read::add);
            return read.size() >= atLeast;
        });
        return read;
    }

    private interface Asking {
        Future<?> ask();
    }

    private static void fails(Class<?> wanted, Asking asking) throws InterruptedException {
        try {
            asking.ask().get();
        } catch (ExecutionException failure) {
            check(wanted.isInstance(failure.getCause()), "failed with " + failure.getCause());
            return;
        }
        throw new AssertionError("did not fail with " + wanted.getSimpleName());
    }

    private static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) throw new AssertionError("waited for " + what);
            try {
                Thread.sleep(20);
            } catch (InterruptedException stopped) {
                throw new AssertionError(stopped);
            }
        }
    }

    private static String name() {
        return "java-" + ProcessHandle.current().pid() + "-" + Long.toString(System.currentTimeMillis(), 36) + "-" + NAMES.getAndIncrement();
    }

    private static void check(boolean holds, String what) {
        Records.check(holds, what);
    }

    private static byte[] bytes(String text) {
        return Records.bytes(text);
    }
}
