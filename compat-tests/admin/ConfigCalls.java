import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;

/** Configs of every kind of resource. */
final class ConfigCalls extends Calls {
    ConfigCalls(Brokers brokers) {
        super(brokers);
    }

    static final List<ConfigResource> RESOURCES = List.of(
        resource(ConfigResource.Type.BROKER, ""), resource(ConfigResource.Type.BROKER, "1"), resource(ConfigResource.Type.BROKER, "2"), resource(ConfigResource.Type.BROKER, "x"),
        resource(ConfigResource.Type.GROUP, "g"), resource(ConfigResource.Type.GROUP, ""),
        resource(ConfigResource.Type.CLIENT_METRICS, "s"), resource(ConfigResource.Type.CLIENT_METRICS, ""),
        resource(ConfigResource.Type.BROKER_LOGGER, "1"), resource(ConfigResource.Type.BROKER_LOGGER, "2"));

    /** Where each broker is and keeps its data, and what Samsa has a default of its own for. */
    private static final Set<String> OWN = Set.of(
        "advertised.listeners", "listeners", "log.dirs", "controller.quorum.bootstrap.servers", "controller.listener.names",
        "group.initial.rebalance.delay.ms", "log.dir", "metadata.max.idle.interval.ms", "node.id", "process.roles");

    static ConfigResource resource(ConfigResource.Type type, String name) {
        return new ConfigResource(type, name);
    }

    ConfigResource resource() {
        return chance(50) ? resource(ConfigResource.Type.TOPIC, topic()) : one(RESOURCES);
    }

    static final Map<ConfigResource.Type, List<Map.Entry<String, List<String>>>> CONFIGS = Map.of(
        ConfigResource.Type.TOPIC, TopicCalls.TOPIC_CONFIGS,
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

    void alterConfigs() {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        for (int i = draw(2); i >= 0; i--) {
            ConfigResource resource = resource();
            List<AlterConfigOp> ops = new ArrayList<>();
            for (int j = draw(3); j >= 0; j--) {
                Map.Entry<String, List<String>> config = one(CONFIGS.get(resource.type()));
                AlterConfigOp.OpType op = one(List.of(
                    AlterConfigOp.OpType.SET, AlterConfigOp.OpType.SET, AlterConfigOp.OpType.SET,
                    AlterConfigOp.OpType.DELETE, AlterConfigOp.OpType.APPEND, AlterConfigOp.OpType.SUBTRACT));
                ops.add(new AlterConfigOp(new ConfigEntry(config.getKey(), one(config.getValue())), op));
            }
            changes.put(resource, ops);
        }
        boolean validate = chance(15);
        String what = "alter " + new TreeMap<>(strings(changes)) + (validate ? " (validate only)" : "");
        Brokers.Call call = admin ->
            each(admin.incrementalAlterConfigs(changes, new AlterConfigsOptions().validateOnly(validate)).values());
        // Apache Kafka's controller takes any config of a broker, and its brokers then cannot use it.
        if (changes.keySet().stream().anyMatch(resource -> resource.type() == ConfigResource.Type.BROKER)) changeAtBroker(what, call);
        else change(what, call);
    }

    void describeConfigs() {
        ConfigResource resource = resource();
        boolean synonyms = chance(50);
        boolean documentation = chance(30);
        look("configs of " + resource, admin -> {
            DescribeConfigsOptions options = new DescribeConfigsOptions().includeSynonyms(synonyms).includeDocumentation(documentation);
            return entries(admin.describeConfigs(List.of(resource), options).all().get().get(resource));
        });
    }

    static String entries(Config config) {
        return config.entries().stream()
            // Each broker has loggers of its own, but for the one above all.
            .filter(entry -> entry.source() != ConfigEntry.ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG || entry.name().equals("root"))
            .filter(entry -> !OWN.contains(entry.name()))
            .map(entry -> entry.name() + "=" + entry.value() + " " + entry.source() + entry.isSensitive() + entry.isReadOnly()
                + entry.type() + entry.synonyms() + hasDocumentation(entry))
            .sorted().collect(Collectors.joining(";"));
    }

    /** Each broker documents its configs in its own words. */
    private static String hasDocumentation(ConfigEntry entry) {
        return entry.documentation() == null ? " undocumented" : entry.documentation().isEmpty() ? " documented by nothing" : " documented";
    }

    void listConfigResources() {
        Set<ConfigResource.Type> types = one(List.of(
            Set.<ConfigResource.Type>of(), Set.of(ConfigResource.Type.GROUP), Set.of(ConfigResource.Type.CLIENT_METRICS),
            Set.of(ConfigResource.Type.BROKER, ConfigResource.Type.BROKER_LOGGER), Set.of(ConfigResource.Type.UNKNOWN)));
        look("config resources " + types, admin -> admin
            .listConfigResources(types, new org.apache.kafka.clients.admin.ListConfigResourcesOptions()).all().get().stream()
            .map(String::valueOf).collect(Collectors.toCollection(TreeSet::new)));
    }
}
