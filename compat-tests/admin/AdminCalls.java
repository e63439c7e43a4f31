import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterClientQuotasOptions;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

/**
 * AdminCalls SAMSA KAFKA SEED CALLS: the same generated calls of the Java Admin client, valid and not, to both brokers, one
 * after the other. A line a call: `same WHAT`, or `differs WHAT`, what the first answered and what the second did, between
 * tabs; on standard error, since the client logs to the other.
 */
public final class AdminCalls {
    private static final long EVENTUALLY_MS = 5_000;

    private final Admin samsa;
    private final Admin kafka;
    private final Random random;

    private AdminCalls(String samsa, String kafka, long seed) {
        this.samsa = admin(samsa);
        this.kafka = admin(kafka);
        this.random = new Random(seed);
    }

    public static void main(String[] args) throws Exception {
        AdminCalls calls = new AdminCalls(args[0], args[1], Long.parseLong(args[2]));
        for (int i = 0; i < Integer.parseInt(args[3]); i++) calls.next();
        calls.samsa.close(Duration.ZERO);
        calls.kafka.close(Duration.ZERO);
    }

    private static Admin admin(String address) {
        return Admin.create(Map.of("bootstrap.servers", address, "default.api.timeout.ms", 3_000, "request.timeout.ms", 3_000));
    }

    /** What a call answers, in words that are the same for the same answer. */
    private interface Call {
        Object on(Admin admin) throws Exception;
    }

    private interface Generator {
        void make();
    }

    private void next() {
        List<Generator> kinds = List.of(
            this::createTopics, this::createTopics, this::createTopics, this::deleteTopics, this::createPartitions,
            this::describeTopics, this::listTopics, this::alterConfigs, this::alterConfigs, this::alterConfigs,
            this::describeConfigs, this::describeConfigs, this::listConfigResources, this::reassign, this::electLeaders,
            this::quotas, this::quotas, this::describeQuotas, this::scram, this::describeScram, this::features,
            this::acls, this::acls, this::describeAcls, this::cluster, this::offsets, this::deleteRecords, this::groups,
            this::unregister, this::tokens);
        kinds.get(random.nextInt(kinds.size())).make();
    }

    /** A call that changes something is made once. */
    private void change(String what, Call call) {
        tell(what, answer(call, samsa), answer(call, kafka));
    }

    /** One that only looks may be made again: Apache Kafka answers changes before its broker goes by them. */
    private void look(String what, Call call) {
        long end = System.currentTimeMillis() + EVENTUALLY_MS;
        String ours = answer(call, samsa);
        String theirs = answer(call, kafka);
        while (!ours.equals(theirs) && System.currentTimeMillis() < end) {
            pause();
            ours = answer(call, samsa);
            theirs = answer(call, kafka);
        }
        tell(what, ours, theirs);
    }

    private static void tell(String what, String ours, String theirs) {
        if (ours.equals(theirs)) System.err.println("same " + what);
        else System.err.println("differs " + what + "\t" + ours + "\t" + theirs);
    }

    private static String answer(Call call, Admin admin) {
        try {
            return String.valueOf(call.on(admin)).replaceAll("\\s+", " ");
        } catch (ExecutionException failure) {
            return failure.getCause().getClass().getSimpleName();
        } catch (Exception failure) {
            return failure.getClass().getSimpleName();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** Each future's value or the name of its error, by key. */
    private static <K> Map<String, String> each(Map<K, ? extends KafkaFuture<?>> futures) {
        Map<String, String> outcomes = new TreeMap<>();
        futures.forEach((key, future) -> outcomes.put(String.valueOf(key), answer(admin -> future.get(), null)));
        return outcomes;
    }

    private <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private static final List<String> TOPICS = List.of("a", "b", "c", "d.e", "f_g", "h-i");
    private static final List<String> ANY_TOPICS = List.of(
        "a", "b", "c", "d.e", "f_g", "h-i", "missing", "", ".", "..", "bad name", "d_e", "f.g", "x".repeat(249), "x".repeat(250),
        "__cluster_metadata", "ümlaut");

    private String topic() {
        return chance(75) ? one(TOPICS) : one(ANY_TOPICS);
    }

    private Set<String> topics() {
        Set<String> names = new TreeSet<>();
        for (int i = random.nextInt(3); i >= 0; i--) names.add(topic());
        return names;
    }

    private static final List<Map.Entry<String, List<String>>> TOPIC_CONFIGS = List.of(
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

    private Map<String, String> configs() {
        Map<String, String> configs = new HashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            Map.Entry<String, List<String>> config = one(TOPIC_CONFIGS);
            configs.put(config.getKey(), one(config.getValue()));
        }
        return configs;
    }

    private void createTopics() {
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
                outcomes.put(topic.name() + " configs", entries(created.config(topic.name()).get(), false));
            }
            return outcomes;
        });
    }

    private void deleteTopics() {
        if (chance(20)) {
            List<Uuid> ids = List.of(new Uuid(7, 7));
            change("delete by an unknown id", admin -> each(admin.deleteTopics(TopicCollection.ofTopicIds(ids)).topicIdValues()));
            return;
        }
        Set<String> names = topics();
        change("delete " + names, admin -> each(admin.deleteTopics(names).topicNameValues()));
    }

    private void createPartitions() {
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
    }

    private void describeTopics() {
        Set<String> names = topics();
        boolean operations = chance(50);
        look("describe " + names, admin -> {
            Map<String, String> described = new TreeMap<>();
            DescribeTopicsOptions options = new DescribeTopicsOptions().includeAuthorizedOperations(operations);
            admin.describeTopics(names, options).topicNameValues().forEach((name, future) ->
                described.put(name, answer(nobody -> shown(future.get()), null)));
            return described;
        });
    }

    private static String shown(TopicDescription topic) {
        String partitions = topic.partitions().stream()
            .map(p -> p.partition() + ":" + ids(p.leader() == null ? List.of() : List.of(p.leader())) + ids(p.replicas()) + ids(p.isr()))
            .collect(Collectors.joining(" "));
        Collection<?> operations = topic.authorizedOperations();
        return partitions + " " + topic.isInternal() + " " + (operations == null ? null : new TreeSet<>(operations));
    }

    private static String ids(List<org.apache.kafka.common.Node> nodes) {
        return nodes.stream().map(node -> node.idString()).collect(Collectors.joining(",", "[", "]"));
    }

    private void listTopics() {
        look("list", admin -> new TreeSet<>(admin.listTopics().names().get()));
    }

    private static final List<ConfigResource> RESOURCES = List.of(
        resource(ConfigResource.Type.BROKER, ""), resource(ConfigResource.Type.BROKER, "2"), resource(ConfigResource.Type.BROKER, "x"),
        resource(ConfigResource.Type.GROUP, "g"), resource(ConfigResource.Type.GROUP, ""),
        resource(ConfigResource.Type.CLIENT_METRICS, "s"), resource(ConfigResource.Type.CLIENT_METRICS, ""),
        resource(ConfigResource.Type.BROKER_LOGGER, "1"), resource(ConfigResource.Type.BROKER_LOGGER, "2"));

    private static ConfigResource resource(ConfigResource.Type type, String name) {
        return new ConfigResource(type, name);
    }

    private ConfigResource resource() {
        return chance(50) ? resource(ConfigResource.Type.TOPIC, topic()) : one(RESOURCES);
    }

    private static final Map<ConfigResource.Type, List<Map.Entry<String, List<String>>>> CONFIGS = Map.of(
        ConfigResource.Type.TOPIC, TOPIC_CONFIGS,
        ConfigResource.Type.BROKER, List.of(
            Map.entry("log.cleaner.backoff.ms", List.of("20000", "-1", "x")),
            Map.entry("log.retention.ms", List.of("100000000", "-1")),
            Map.entry("log.roll.ms", List.of("100000000")),
            Map.entry("message.max.bytes", List.of("2000000", "-1")),
            Map.entry("max.connections.per.ip.overrides", List.of("10.0.0.1:5", "nonsense")),
            Map.entry("node.id", List.of("3")),
            Map.entry("ssl.keystore.location", List.of("/x")),
            Map.entry("num.io.threads", List.of("8", "20", "1")),
            Map.entry("min.insync.replicas", List.of("2"))),
        ConfigResource.Type.GROUP, List.of(
            Map.entry("consumer.session.timeout.ms", List.of("50000", "1", "100000")),
            Map.entry("consumer.heartbeat.interval.ms", List.of("6000", "100000")),
            Map.entry("share.isolation.level", List.of("read_committed", "x")),
            Map.entry("streams.num.standby.replicas", List.of("1", "99")),
            Map.entry("nope", List.of("1"))),
        ConfigResource.Type.CLIENT_METRICS, List.of(
            Map.entry("interval.ms", List.of("1000", "1", "x")),
            Map.entry("match", List.of("client_id=a.*", "nope=a", "client_id")),
            Map.entry("metrics", List.of("a.,b.", "*", "")),
            Map.entry("nope", List.of("1"))),
        ConfigResource.Type.BROKER_LOGGER, List.of(
            Map.entry("root", List.of("WARN", "ERROR", "nonsense", "OFF")),
            Map.entry("no.such.logger", List.of("INFO"))));

    private void alterConfigs() {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        for (int i = random.nextInt(2); i >= 0; i--) {
            ConfigResource resource = resource();
            List<AlterConfigOp> ops = new ArrayList<>();
            for (int j = random.nextInt(3); j >= 0; j--) {
                Map.Entry<String, List<String>> config = one(CONFIGS.get(resource.type()));
                AlterConfigOp.OpType op = one(List.of(
                    AlterConfigOp.OpType.SET, AlterConfigOp.OpType.SET, AlterConfigOp.OpType.SET,
                    AlterConfigOp.OpType.DELETE, AlterConfigOp.OpType.APPEND, AlterConfigOp.OpType.SUBTRACT));
                ops.add(new AlterConfigOp(new ConfigEntry(config.getKey(), one(config.getValue())), op));
            }
            changes.put(resource, ops);
        }
        boolean validate = chance(15);
        change("alter " + new TreeMap<>(strings(changes)) + (validate ? " (validate only)" : ""), admin ->
            each(admin.incrementalAlterConfigs(changes, new AlterConfigsOptions().validateOnly(validate)).values()));
    }

    private static Map<String, String> strings(Map<?, ?> map) {
        Map<String, String> strings = new HashMap<>();
        map.forEach((key, value) -> strings.put(String.valueOf(key), String.valueOf(value)));
        return strings;
    }

    private void describeConfigs() {
        ConfigResource resource = resource();
        boolean synonyms = chance(50);
        look("configs of " + resource, admin -> {
            DescribeConfigsOptions options = new DescribeConfigsOptions().includeSynonyms(synonyms);
            Config config = admin.describeConfigs(List.of(resource), options).all().get().get(resource);
            return entries(config, synonyms);
        });
    }

    private static String entries(Config config, boolean synonyms) {
        return config.entries().stream()
            // Each broker has loggers of its own, but for the one above all.
            .filter(entry -> entry.source() != ConfigEntry.ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG || entry.name().equals("root"))
            .map(entry -> entry.name() + "=" + entry.value() + " " + entry.source() + entry.isSensitive() + entry.isReadOnly()
                + entry.type() + (synonyms ? entry.synonyms() : ""))
            .sorted().collect(Collectors.joining(";"));
    }

    private void listConfigResources() {
        Set<ConfigResource.Type> types = one(List.of(
            Set.<ConfigResource.Type>of(), Set.of(ConfigResource.Type.GROUP), Set.of(ConfigResource.Type.CLIENT_METRICS),
            Set.of(ConfigResource.Type.BROKER, ConfigResource.Type.BROKER_LOGGER), Set.of(ConfigResource.Type.UNKNOWN)));
        look("config resources " + types, admin -> admin
            .listConfigResources(types, new org.apache.kafka.clients.admin.ListConfigResourcesOptions()).all().get().stream()
            .map(String::valueOf).collect(Collectors.toCollection(TreeSet::new)));
    }

    private TopicPartition partition() {
        return new TopicPartition(topic(), one(List.of(0, 0, 1, 7, -1)));
    }

    private void reassign() {
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        for (int i = random.nextInt(2); i >= 0; i--) {
            moves.put(partition(), chance(30)
                ? Optional.empty()
                : Optional.of(new NewPartitionReassignment(one(List.of(List.of(1), List.of(2), List.of(1, 2), List.of(1, 1))))));
        }
        change("reassign " + new TreeMap<>(strings(moves)), admin -> each(admin.alterPartitionReassignments(moves).values()));
        look("moving", admin -> admin.listPartitionReassignments().reassignments().get());
    }

    private void electLeaders() {
        ElectionType type = one(List.of(ElectionType.PREFERRED, ElectionType.UNCLEAN));
        Set<TopicPartition> partitions = Set.of(partition());
        look("elect " + type + " " + partitions, admin -> {
            Map<String, String> outcomes = new TreeMap<>();
            admin.electLeaders(type, partitions).partitions().get().forEach((partition, failure) ->
                outcomes.put(partition.toString(), failure.map(cause -> cause.getClass().getSimpleName()).orElse("elected")));
            return outcomes;
        });
    }

    private Map<String, String> entity() {
        Map<String, String> entity = new HashMap<>();
        for (String type : one(List.of(List.of("user"), List.of("client-id"), List.of("user", "client-id"), List.of("ip"), List.of("nope"), List.<String>of()))) {
            entity.put(type, chance(30) ? null : type.equals("ip") ? "10.1.2.3" : one(List.of("u", "v", "")));
        }
        return entity;
    }

    private void quotas() {
        ClientQuotaEntity entity = new ClientQuotaEntity(entity());
        String key = one(List.of("producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate", "connection_creation_rate", "nope"));
        Double value = one(new ArrayList<>(java.util.Arrays.asList(1000.0, 0.5, -1.0, 0.0, 1e20, null)));
        boolean validate = chance(15);
        ClientQuotaAlteration alteration = new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(key, value)));
        change("quota " + new TreeMap<>(entity.entries()) + " " + key + "=" + value + (validate ? " (validate only)" : ""), admin ->
            each(admin.alterClientQuotas(List.of(alteration), new AlterClientQuotasOptions().validateOnly(validate)).values()));
    }

    private void describeQuotas() {
        ClientQuotaFilter filter = one(List.of(
            ClientQuotaFilter.all(),
            ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntity("user", "u"))),
            ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntityType("user"))),
            ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofDefaultEntity("client-id"))),
            ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntityType("nope")))));
        look("quotas " + filter, admin -> new TreeMap<>(strings(admin.describeClientQuotas(filter).entities().get())));
    }

    private void scram() {
        List<UserScramCredentialAlteration> alterations = new ArrayList<>();
        StringBuilder what = new StringBuilder();
        for (int i = random.nextInt(2); i >= 0; i--) {
            String user = one(List.of("u", "v", ""));
            ScramMechanism mechanism = one(List.of(ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512));
            int iterations = one(List.of(4096, 8192, 10, 20_000));
            boolean removes = chance(40);
            what.append(' ').append(user).append(mechanism).append(removes ? " away" : " " + iterations);
            alterations.add(removes
                ? new UserScramCredentialDeletion(user, mechanism)
                : new UserScramCredentialUpsertion(user, new ScramCredentialInfo(mechanism, iterations), "secret"));
        }
        change("scram" + what, admin -> each(admin.alterUserScramCredentials(alterations).values()));
    }

    private void describeScram() {
        List<String> users = one(List.of(List.<String>of(), List.of("u"), List.of("v", "w")));
        look("scram of " + users, admin -> {
            Map<String, String> described = new TreeMap<>();
            org.apache.kafka.clients.admin.DescribeUserScramCredentialsResult result = admin.describeUserScramCredentials(users);
            for (String user : result.users().get()) described.put(user, answer(nobody -> result.description(user).get().credentialInfos(), null));
            return described;
        });
    }

    private void features() {
        if (chance(40)) {
            look("features", admin -> {
                Map<String, String> features = new TreeMap<>(strings(admin.describeFeatures().featureMetadata().get().finalizedFeatures()));
                // The quorums are of two kinds: Samsa's with voters in its log, Apache Kafka's with a fixed list of them.
                features.remove("kraft.version");
                return features;
            });
            return;
        }
        String feature = one(List.of("group.version", "share.version", "metadata.version", "transaction.version", "nope"));
        short level = one(List.of((short) 0, (short) 1, (short) 2, (short) 30, (short) 29, (short) 99));
        FeatureUpdate.UpgradeType type = one(List.of(FeatureUpdate.UpgradeType.UPGRADE, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE, FeatureUpdate.UpgradeType.UNSAFE_DOWNGRADE));
        boolean validate = !feature.equals("share.version");
        change("feature " + feature + " " + level + " " + type, admin -> {
            FeatureUpdate update = new FeatureUpdate(level, type);
            return each(admin.updateFeatures(Map.of(feature, update), new UpdateFeaturesOptions().validateOnly(validate)).values());
        });
    }

    private ResourcePattern pattern() {
        ResourceType type = one(List.of(ResourceType.TOPIC, ResourceType.TOPIC, ResourceType.GROUP, ResourceType.CLUSTER, ResourceType.TRANSACTIONAL_ID, ResourceType.USER));
        String name = type == ResourceType.CLUSTER ? one(List.of("kafka-cluster", "x")) : one(List.of("t", "tt", "t*", "*", "User:x"));
        return new ResourcePattern(type, name, chance(70) ? PatternType.LITERAL : PatternType.PREFIXED);
    }

    private void acls() {
        if (chance(25)) {
            AclBindingFilter filter = filter();
            change("acls away " + filter, admin -> admin.deleteAcls(List.of(filter)).all().get().stream().map(String::valueOf).sorted().toList());
            return;
        }
        AclOperation operation = one(List.of(AclOperation.READ, AclOperation.WRITE, AclOperation.ALL, AclOperation.DESCRIBE, AclOperation.CREATE_TOKENS));
        AclPermissionType permission = one(List.of(AclPermissionType.ALLOW, AclPermissionType.DENY));
        AccessControlEntry entry = new AccessControlEntry(one(List.of("User:a", "User:*", "User:b c")), one(List.of("*", "10.0.0.1")), operation, permission);
        List<AclBinding> bindings = List.of(new AclBinding(pattern(), entry));
        change("acl " + bindings, admin -> each(admin.createAcls(bindings).values()));
    }

    private AclBindingFilter filter() {
        ResourcePatternFilter resource = new ResourcePatternFilter(
            one(List.of(ResourceType.ANY, ResourceType.TOPIC, ResourceType.GROUP)),
            one(new ArrayList<>(java.util.Arrays.asList(null, "t", "tt", "*"))),
            one(List.of(PatternType.ANY, PatternType.MATCH, PatternType.LITERAL, PatternType.PREFIXED)));
        AccessControlEntryFilter entry = new AccessControlEntryFilter(
            one(new ArrayList<>(java.util.Arrays.asList(null, null, "User:a"))), null,
            one(List.of(AclOperation.ANY, AclOperation.ANY, AclOperation.READ)), AclPermissionType.ANY);
        return new AclBindingFilter(resource, entry);
    }

    private void describeAcls() {
        AclBindingFilter filter = filter();
        look("acls " + filter, admin -> admin.describeAcls(filter).values().get().stream().map(String::valueOf).sorted().toList());
    }

    private void cluster() {
        look("cluster", admin -> {
            var described = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
            return ids(List.copyOf(described.nodes().get())) + described.controller().get().id() + new TreeSet<>(described.authorizedOperations().get());
        });
    }

    private void offsets() {
        TopicPartition partition = partition();
        OffsetSpec spec = one(List.of(OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp(), OffsetSpec.forTimestamp(5), OffsetSpec.earliestLocal(), OffsetSpec.latestTiered()));
        look("offset of " + partition + " " + spec.getClass().getSimpleName(), admin ->
            admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset());
    }

    private void deleteRecords() {
        TopicPartition partition = partition();
        long offset = one(List.of(0L, -1L, 5L, -2L));
        look("delete records of " + partition + " before " + offset, admin ->
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).lowWatermarks().get(partition).get().lowWatermark());
    }

    private void groups() {
        String group = one(List.of("g1", "g2", "nobody", ""));
        TopicPartition partition = partition();
        switch (random.nextInt(5)) {
            case 0 -> change("commit of " + group + " to " + partition, admin ->
                answer(nobody -> admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3, "m"))).all().get(), null));
            case 1 -> look("offsets of " + group, admin ->
                new TreeMap<>(strings(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get())));
            case 2 -> look("groups", admin -> admin.listGroups().all().get().stream().map(String::valueOf).sorted().toList());
            case 3 -> change("delete group " + group, admin -> each(admin.deleteConsumerGroups(List.of(group)).deletedGroups()));
            default -> change("offsets of " + group + " away for " + partition, admin ->
                answer(nobody -> admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get(), null));
        }
    }

    private void unregister() {
        change("unregister 77", admin -> admin.unregisterBroker(77).all().get());
    }

    private void tokens() {
        if (chance(50)) change("token", admin -> admin.createDelegationToken().delegationToken().get());
        else look("tokens", admin -> admin.describeDelegationToken().delegationTokens().get());
    }
}
