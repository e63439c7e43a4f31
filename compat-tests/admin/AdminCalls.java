import java.util.List;

/** AdminCalls SAMSA KAFKA SEED CALLS: so many calls of the Java Admin client, generated from the seed, valid and not, to both. */
public final class AdminCalls {
    public static void main(String[] args) {
        try (Brokers brokers = new Brokers(args[0], args[1], Long.parseLong(args[2]))) {
            List<Runnable> kinds = kinds(brokers);
            for (int i = 0; i < Integer.parseInt(args[3]); i++) kinds.get(brokers.random.nextInt(kinds.size())).run();
        }
    }

    /** What is named more than once is called as many times as often. */
    private static List<Runnable> kinds(Brokers brokers) {
        TopicCalls topics = new TopicCalls(brokers);
        ConfigCalls configs = new ConfigCalls(brokers);
        SecurityCalls security = new SecurityCalls(brokers);
        ClusterCalls cluster = new ClusterCalls(brokers);
        GroupCalls groups = new GroupCalls(brokers);
        return List.of(
            topics::createTopics, topics::createTopics, topics::createTopics, topics::deleteTopics, topics::createPartitions,
            topics::describeTopics, topics::listTopics, topics::reassign, topics::electLeaders, topics::offsets, topics::deleteRecords,
            topics::logDirs, topics::moveLogDirs,
            configs::alterConfigs, configs::alterConfigs, configs::alterConfigs, configs::describeConfigs, configs::describeConfigs,
            configs::listConfigResources,
            security::quotas, security::quotas, security::describeQuotas, security::scram, security::describeScram, security::acls,
            security::acls, security::describeAcls, security::tokens,
            cluster::cluster, cluster::features, cluster::unregister, cluster::quorum, cluster::voters, cluster::telemetry,
            groups::groups, groups::groups);
    }
}
