import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterPartitionReassignmentsOptions;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;

/** Topics, partitions, and what moves and trims them. */
final class TopicCalls extends Calls {
    TopicCalls(Brokers brokers) {
        super(brokers);
    }

    static final List<Map.Entry<String, List<String>>> TOPIC_CONFIGS = List.of(
        Map.entry("retention.ms", List.of("1000000000", "-1", "-2", "x", "", "9223372036854775808")),
        Map.entry("cleanup.policy", List.of("compact", "delete", "compact,delete", "nonsense", "")),
        Map.entry("segment.bytes", List.of("1048576", "20000000", "13", "x")),
        Map.entry("min.insync.replicas", List.of("1", "2", "0")),
        Map.entry("max.message.bytes", List.of("1000", "-1", "1.5")),
        Map.entry("compression.type", List.of("zstd", "producer", "nonsense")),
        Map.entry("compression.gzip.level", List.of("1", "-1", "0", "10")),
        Map.entry("min.compaction.lag.ms", List.of("5000", "0")),
        Map.entry("max.compaction.lag.ms", List.of("1000", "10000", "0")),
        Map.entry("message.timestamp.type", List.of("LogAppendTime", "CreateTime", "logappendtime")),
        Map.entry("unclean.leader.election.enable", List.of("true", "false", "maybe")),
        Map.entry("min.cleanable.dirty.ratio", List.of("0.5", "0", "1.1", "x")),
        Map.entry("follower.replication.throttled.replicas", List.of("*", "0:1", "x")),
        Map.entry("remote.storage.enable", List.of("false", "true")),
        Map.entry("no.such.config", List.of("1")));

    Map<String, String> configs() {
        Map<String, String> configs = new HashMap<>();
        for (int i = draw(3); i > 0; i--) {
            Map.Entry<String, List<String>> config = one(TOPIC_CONFIGS);
            configs.put(config.getKey(), one(config.getValue()));
        }
        return configs;
    }

    void createTopics() {
        List<NewTopic> topics = new ArrayList<>();
        for (String name : topics()) {
            NewTopic topic = chance(15)
                ? new NewTopic(name, one(List.of(
                    Map.of(0, List.of(1)), Map.of(0, List.of(1), 1, List.of(1)), Map.of(1, List.of(1)), Map.of(0, List.of(2)),
                    Map.of(0, List.of(1, 1)), Map.of(0, List.<Integer>of()), Map.<Integer, List<Integer>>of())))
                : new NewTopic(
                    name,
                    chance(20) ? Optional.empty() : Optional.of(one(List.of(1, 1, 2, 3, 0, -1, -2))),
                    chance(30) ? Optional.empty() : Optional.of(one(List.of((short) 1, (short) 1, (short) 2, (short) 0, (short) -2))));
            topics.add(topic.configs(configs()));
        }
        boolean validate = chance(20);
        change("create " + topics + (validate ? " (validate only)" : ""), admin -> {
            CreateTopicsResult created = admin.createTopics(topics, new CreateTopicsOptions().validateOnly(validate));
            Map<String, String> outcomes = each(created.values());
            for (NewTopic topic : topics) {
                if (!outcomes.get(topic.name()).equals("null")) continue;
                outcomes.put(topic.name() + " partitions", String.valueOf(created.numPartitions(topic.name()).get()));
                outcomes.put(topic.name() + " replicas", String.valueOf(created.replicationFactor(topic.name()).get()));
                outcomes.put(topic.name() + " configs", ConfigCalls.entries(created.config(topic.name()).get()));
            }
            return outcomes;
        });
        settleTopics();
    }

    void deleteTopics() {
        if (chance(20)) {
            List<Uuid> ids = List.of(new Uuid(7, 7));
            change("delete by an unknown id", admin -> each(admin.deleteTopics(TopicCollection.ofTopicIds(ids)).topicIdValues()));
            return;
        }
        Set<String> names = topics();
        change("delete " + names, admin -> each(admin.deleteTopics(names).topicNameValues()));
        settleTopics();
    }

    void createPartitions() {
        Map<String, NewPartitions> wanted = new TreeMap<>();
        for (String name : topics()) {
            int total = one(List.of(0, 1, 2, 3, 4, 5, -1));
            wanted.put(name, chance(25)
                ? NewPartitions.increaseTo(total, one(List.of(List.of(List.of(1)), List.of(List.of(9)), List.of(List.of(1), List.of(1)))))
                : NewPartitions.increaseTo(total));
        }
        boolean validate = chance(20);
        change("partitions " + wanted + (validate ? " (validate only)" : ""), admin ->
            each(admin.createPartitions(wanted, new CreatePartitionsOptions().validateOnly(validate)).values()));
        settleTopics();
    }

    void describeTopics() {
        Set<String> names = topics();
        boolean operations = chance(50);
        int page = one(List.of(1, 2, 2000));
        look("describe " + names + " by pages of " + page, admin -> {
            Map<String, String> described = new TreeMap<>();
            DescribeTopicsOptions options = new DescribeTopicsOptions()
                .includeAuthorizedOperations(operations).partitionSizeLimitPerResponse(page);
            admin.describeTopics(names, options).topicNameValues().forEach((name, future) ->
                described.put(name, answer(nobody -> shown(future.get()), null)));
            return described;
        });
    }

    static String shown(TopicDescription topic) {
        String partitions = topic.partitions().stream()
            .map(p -> p.partition() + ":" + ids(p.leader() == null ? List.of() : List.of(p.leader())) + ids(p.replicas()) + ids(p.isr()))
            .collect(Collectors.joining(" "));
        Collection<?> operations = topic.authorizedOperations();
        return partitions + " " + topic.isInternal() + " " + (operations == null ? null : new TreeSet<>(operations));
    }

    void listTopics() {
        look("list", admin -> new TreeSet<>(admin.listTopics().names().get()));
    }

    void reassign() {
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        for (int i = draw(2); i >= 0; i--) {
            moves.put(partition(), chance(30)
                ? Optional.empty()
                : Optional.of(new NewPartitionReassignment(one(List.of(List.of(1), List.of(2), List.of(1, 2), List.of(1, 1))))));
        }
        boolean factorMayChange = chance(70);
        change("reassign " + new TreeMap<>(strings(moves)) + (factorMayChange ? "" : " (factor kept)"), admin ->
            each(admin.alterPartitionReassignments(moves,
                new AlterPartitionReassignmentsOptions().allowReplicationFactorChange(factorMayChange)).values()));
        look("moving", admin -> admin.listPartitionReassignments().reassignments().get());
    }

    void electLeaders() {
        ElectionType type = one(List.of(ElectionType.PREFERRED, ElectionType.UNCLEAN));
        Set<TopicPartition> partitions = Set.of(partition());
        look("elect " + type + " " + partitions, admin -> {
            Map<String, String> outcomes = new TreeMap<>();
            admin.electLeaders(type, partitions).partitions().get().forEach((partition, failure) ->
                outcomes.put(partition.toString(), failure.map(Brokers::failed).orElse("elected")));
            return outcomes;
        });
    }

    void offsets() {
        TopicPartition partition = partition();
        OffsetSpec spec = one(List.of(OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp(), OffsetSpec.forTimestamp(5), OffsetSpec.earliestLocal(), OffsetSpec.latestTiered()));
        look("offset of " + partition + " " + spec.getClass().getSimpleName(), admin ->
            admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset());
    }

    void deleteRecords() {
        TopicPartition partition = partition();
        long offset = one(List.of(0L, -1L, 5L, -2L));
        look("delete records of " + partition + " before " + offset, admin ->
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).lowWatermarks().get(partition).get().lowWatermark());
    }

    /** Which replicas there are; how large they are and where each broker puts them is its own. */
    void logDirs() {
        Set<Integer> brokers = one(List.of(Set.of(1), Set.of(1), Set.of(2), Set.of(1, 2)));
        look("log dirs of " + brokers, admin -> {
            Map<String, String> described = new TreeMap<>();
            admin.describeLogDirs(brokers).descriptions().forEach((id, future) -> described.put("broker " + id, answer(nobody -> {
                Map<String, Boolean> replicas = new TreeMap<>();
                List<String> errors = new ArrayList<>();
                future.get().values().forEach(dir -> {
                    errors.add(String.valueOf(dir.error()));
                    dir.replicaInfos().forEach((partition, replica) -> replicas.put(partition.toString(), replica.isFuture()));
                });
                replicas.keySet().removeIf(partition -> partition.startsWith("__"));
                return errors + " " + replicas;
            }, null)));
            return described;
        });
    }

    /** To the other log dir, or to one that is none. */
    void moveLogDirs() {
        TopicPartition partition = partition();
        TopicPartitionReplica replica = new TopicPartitionReplica(partition.topic(), partition.partition(), one(List.of(1, 1, 1, 2)));
        boolean isThere = chance(70);
        String nowhere = one(List.of("/nowhere", "relative", ""));
        change("move " + replica + (isThere ? " to another dir" : " to \"" + nowhere + "\""), admin -> {
            String target = isThere ? otherDir(admin, partition) : nowhere;
            return each(admin.alterReplicaLogDirs(Map.of(replica, target)).values());
        });
    }

    private static String otherDir(Admin admin, TopicPartition partition) throws Exception {
        var dirs = new TreeMap<>(admin.describeLogDirs(Set.of(1)).allDescriptions().get().get(1));
        for (var dir : dirs.entrySet()) if (!dir.getValue().replicaInfos().containsKey(partition)) return dir.getKey();
        return dirs.firstKey();
    }
}
