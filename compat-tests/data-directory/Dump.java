import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * ADDRESS FILE: writes what a client can see of a broker's data as JSON, in the shape of
 * test/golden/data-directory/expected.json and more of it: internal topics, a search for timestamps that the records
 * have, and a read from the middle of each partition.
 */
public final class Dump {
    private static final List<String> ISOLATIONS = List.of("read_uncommitted", "read_committed");
    private static final long SEARCHED_TIMESTAMP = 1_700_000_000_500L;
    private static final long READ_LIMIT_MS = 20_000;

    private final Admin admin;
    private final Map<String, KafkaConsumer<byte[], byte[]>> consumers;

    private Dump(Admin admin, Map<String, KafkaConsumer<byte[], byte[]>> consumers) {
        this.admin = admin;
        this.consumers = consumers;
    }

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        Map<String, KafkaConsumer<byte[], byte[]>> consumers =
            ISOLATIONS.stream().collect(Collectors.toMap(Function.identity(), isolation -> consumer(args[0], isolation)));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            Dump dump = new Dump(admin, consumers);
            dump.topics(root.putObject("topics"));
            dump.groups(root.putObject("groups"));
            dump.cluster(root);
        } finally {
            consumers.values().forEach(KafkaConsumer::close);
        }
        json.writerWithDefaultPrettyPrinter().writeValue(new File(args[1]), root);
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String address, String isolation) {
        Map<String, Object> settings = Map.of("bootstrap.servers", address, "isolation.level", isolation,
            "auto.offset.reset", "none", "exclude.internal.topics", false, "max.poll.records", 5000,
            // A fetch that waits at the partition before would hold up the next one's.
            "fetch.max.wait.ms", 10, "enable.auto.commit", false);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void topics(ObjectNode out) throws Exception {
        Collection<String> names = new TreeSet<>(admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get());
        Map<String, TopicDescription> described = admin.describeTopics(names).allTopicNames().get();
        for (String name : names) {
            ObjectNode topic = out.putObject(name);
            topic.put("id", described.get(name).topicId().toString());
            configs(new ConfigResource(ConfigResource.Type.TOPIC, name), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG,
                topic.putObject("configs"));
            ObjectNode partitions = topic.putObject("partitions");
            for (var info : described.get(name).partitions()) {
                partition(new TopicPartition(name, info.partition()), partitions.putObject("" + info.partition()));
            }
        }
    }

    private void configs(ConfigResource resource, ConfigEntry.ConfigSource source, ObjectNode out) throws Exception {
        Map<String, String> set = new TreeMap<>();
        for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).all().get().get(resource).entries()) {
            if (entry.source() == source) set.put(entry.name(), String.valueOf(entry.value()));
        }
        set.forEach(out::put);
    }

    private void partition(TopicPartition partition, ObjectNode out) throws Exception {
        long earliest = offset(partition, OffsetSpec.earliest());
        long latest = offset(partition, OffsetSpec.latest());
        out.put("earliest", earliest);
        out.put("latest", latest);
        out.put("forTimestamp", offset(partition, OffsetSpec.forTimestamp(SEARCHED_TIMESTAMP)));
        out.put("maxTimestamp", offset(partition, OffsetSpec.maxTimestamp()));
        List<Long> timestamps = new ArrayList<>();
        for (String isolation : ISOLATIONS) records(isolation, partition, earliest, timestamps, out.putObject(isolation));
        ObjectNode searched = out.putObject("searched");
        for (int part = 0; part < 4 && !timestamps.isEmpty(); part++) {
            // One past the last record's timestamp may be past all of them.
            long timestamp = timestamps.get((timestamps.size() - 1) * part / 3) + (part == 3 ? 1 : 0);
            if (timestamp >= 0) searched.put("" + timestamp, offset(partition, OffsetSpec.forTimestamp(timestamp)));
        }
        long middle = (earliest + latest) / 2;
        ObjectNode fromMiddle = out.putObject("fromMiddle");
        records("read_uncommitted", partition, middle, new ArrayList<>(), fromMiddle);
    }

    private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }

    private void records(String isolation, TopicPartition partition, long from, List<Long> timestamps, ObjectNode out)
        throws Exception {
        KafkaConsumer<byte[], byte[]> consumer = consumers.get(isolation);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        long deadline = System.currentTimeMillis() + READ_LIMIT_MS;
        int count = 0;
        while (consumer.position(partition) < end && System.currentTimeMillis() < deadline) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(300))) {
                count++;
                add(digest, record);
                if (isolation.equals("read_uncommitted")) timestamps.add(record.timestamp());
            }
        }
        out.put("count", count);
        out.put("position", consumer.position(partition));
        out.put("sha256", HexFormat.of().formatHex(digest.digest()));
    }

    private static void add(MessageDigest digest, ConsumerRecord<byte[], byte[]> record) {
        digest.update(utf8(record.offset() + "|" + record.timestamp() + "|" + record.timestampType() + "|"
            + record.leaderEpoch().orElse(-1) + "|"));
        if (record.key() != null) digest.update(record.key());
        digest.update((byte) 0);
        if (record.value() != null) digest.update(record.value());
        for (Header header : record.headers()) {
            digest.update(utf8(header.key()));
            if (header.value() != null) digest.update(header.value());
        }
    }

    private void groups(ObjectNode out) throws Exception {
        Map<String, GroupListing> groups = new TreeMap<>();
        for (GroupListing group : admin.listGroups().all().get()) groups.put(group.groupId(), group);
        for (GroupListing listing : groups.values()) {
            ObjectNode group = out.putObject(listing.groupId());
            group.put("type", listing.type().map(Object::toString).orElse(""));
            ObjectNode offsets = group.putObject("offsets");
            Map<String, Long> committed = new TreeMap<>();
            try {
                admin.listConsumerGroupOffsets(listing.groupId()).partitionsToOffsetAndMetadata().get()
                    .forEach((partition, offset) -> { if (offset != null) committed.put(partition.toString(), offset.offset()); });
                committed.forEach(offsets::put);
            } catch (Exception failure) {
                group.put("error", failure.toString());
            }
        }
    }

    private void cluster(ObjectNode out) throws Exception {
        said(out, "scram", () -> new TreeMap<>(admin.describeUserScramCredentials().all().get()).toString());
        said(out, "quotas", () -> sorted(admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get()));
        said(out, "clusterId", () -> admin.describeCluster().clusterId().get());
        said(out, "features", () -> new TreeMap<>(admin.describeFeatures().featureMetadata().get().finalizedFeatures()).toString());
        configs(new ConfigResource(ConfigResource.Type.BROKER, ""), ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG,
            out.putObject("brokerDefaults"));
        ObjectNode transactions = out.putObject("transactions");
        try {
            Map<String, String> listed = new TreeMap<>();
            for (TransactionListing listing : admin.listTransactions().all().get()) {
                listed.put(listing.transactionalId(), listing.producerId() + " " + listing.state());
            }
            listed.forEach(transactions::put);
        } catch (Exception failure) {
            transactions.put("error", failure.toString());
        }
    }

    /** A map as Java prints it, in the order of what its keys print as. */
    private static String sorted(Map<?, ?> map) {
        return map.entrySet().stream().map(Object::toString).sorted().collect(Collectors.joining(", ", "{", "}"));
    }

    private static void said(ObjectNode out, String name, Callable<String> question) {
        try {
            out.put(name, question.call());
        } catch (Exception failure) {
            out.put(name, "error: " + failure);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
