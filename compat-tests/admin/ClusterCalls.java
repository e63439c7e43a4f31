import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AddRaftVoterOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.clients.admin.RemoveRaftVoterOptions;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.Uuid;

/** The cluster, its quorum, features and registrations. */
final class ClusterCalls extends Calls {
    ClusterCalls(Brokers brokers) {
        super(brokers);
    }

    void features() {
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

    void cluster() {
        boolean fenced = chance(50);
        look("cluster" + (fenced ? " with fenced brokers" : ""), admin -> {
            var described = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true).includeFencedBrokers(fenced));
            return ids(described.nodes().get()) + described.controller().get().id() + new TreeSet<>(described.authorizedOperations().get());
        });
    }

    void unregister() {
        int id = one(List.of(77, 0, -1));
        change("unregister " + id, admin -> admin.unregisterBroker(id).all().get());
    }

    void quorum() {
        look("quorum", admin -> {
            QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
            return quorum.leaderId() + " voters " + replicas(quorum.voters()) + " observers " + replicas(quorum.observers()) + " nodes "
                + quorum.nodes().values().stream().map(node -> node.nodeId() + "" + node.endpoints().stream().map(RaftVoterEndpoint::listener).toList()).toList();
        });
    }

    private static List<Integer> replicas(List<QuorumInfo.ReplicaState> replicas) {
        return replicas.stream().map(QuorumInfo.ReplicaState::replicaId).toList();
    }

    /** Changes of voters that cannot be: the quorum stays what it is. */
    void voters() {
        int id = one(List.of(1, 2, -1));
        Uuid directory = one(List.of(new Uuid(7, 7), Uuid.ZERO_UUID));
        Optional<String> cluster = one(List.of(Optional.<String>empty(), Optional.of("other")));
        if (chance(50)) {
            Set<RaftVoterEndpoint> endpoints = one(List.of(
                Set.<RaftVoterEndpoint>of(), Set.of(new RaftVoterEndpoint("ELSEWHERE", "127.0.0.1", 1))));
            change("voter " + id + " " + directory + " of " + cluster + " at " + endpoints, admin -> admin.addRaftVoter(
                id, directory, endpoints, new AddRaftVoterOptions().setClusterId(cluster)).all().get());
        } else {
            boolean isOnly = id == 1 && chance(50);
            change("voter away " + id + " " + (isOnly ? "as it is" : directory) + " of " + cluster, admin -> admin.removeRaftVoter(
                id, isOnly ? own(admin) : directory, new RemoveRaftVoterOptions().setClusterId(cluster)).all().get());
        }
    }

    private static Uuid own(Admin admin) throws Exception {
        return admin.describeMetadataQuorum().quorumInfo().get().voters().get(0).replicaDirectoryId();
    }

    /** The client asks what it is to push, and is given an id. */
    void telemetry() {
        change("instance id", admin -> admin.clientInstanceId(Duration.ofSeconds(3)).toString().length());
    }
}
