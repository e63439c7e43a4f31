import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;

/** Generators of calls: what they draw from, and how they tell what was answered. */
abstract class Calls {
    static final List<String> TOPICS = List.of("a", "b", "c", "d.e", "f_g", "h-i");
    private static final List<String> ANY_TOPICS = List.of(
        "a", "b", "c", "d.e", "f_g", "h-i", "missing", "", ".", "..", "bad name", "d_e", "f.g", "x".repeat(249), "x".repeat(250),
        "__cluster_metadata", "ümlaut");

    private final Brokers brokers;

    Calls(Brokers brokers) {
        this.brokers = brokers;
    }

    void change(String what, Brokers.Call call) {
        brokers.change(what, call);
    }

    void changeAtBroker(String what, Brokers.Call call) {
        brokers.changeAtBroker(what, call);
    }

    void look(String what, Brokers.Call call) {
        brokers.look(what, call);
    }

    /** Both brokers have the same topics with the same partitions. */
    void settleTopics() {
        brokers.settle(admin -> {
            Map<String, Integer> partitions = new TreeMap<>();
            Set<String> names = admin.listTopics().names().get();
            for (TopicDescription topic : admin.describeTopics(names).allTopicNames().get().values()) {
                partitions.put(topic.name(), topic.partitions().size());
            }
            return partitions;
        });
    }

    static String answer(Brokers.Call call, Admin admin) {
        return Brokers.answer(call, admin);
    }

    /** Each future's value or its error, by key. */
    static <K> Map<String, String> each(Map<K, ? extends KafkaFuture<?>> futures) {
        Map<String, String> outcomes = new TreeMap<>();
        futures.forEach((key, future) -> outcomes.put(String.valueOf(key), answer(admin -> future.get(), null)));
        return outcomes;
    }

    static Map<String, String> strings(Map<?, ?> map) {
        Map<String, String> strings = new HashMap<>();
        map.forEach((key, value) -> strings.put(String.valueOf(key), String.valueOf(value)));
        return strings;
    }

    static List<String> sorted(Collection<?> values) {
        return values.stream().map(String::valueOf).sorted().toList();
    }

    static String ids(Collection<Node> nodes) {
        return nodes.stream().map(Node::idString).collect(Collectors.joining(",", "[", "]"));
    }

    int draw(int bound) {
        return brokers.random.nextInt(bound);
    }

    <T> T one(List<T> values) {
        return values.get(draw(values.size()));
    }

    boolean chance(int percent) {
        return draw(100) < percent;
    }

    String topic() {
        return chance(75) ? one(TOPICS) : one(ANY_TOPICS);
    }

    Set<String> topics() {
        Set<String> names = new TreeSet<>();
        for (int i = draw(3); i >= 0; i--) names.add(topic());
        return names;
    }

    TopicPartition partition() {
        return new TopicPartition(topic(), one(List.of(0, 0, 1, 7, -1)));
    }
}
