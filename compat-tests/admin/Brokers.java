import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/**
 * Samsa and Apache Kafka, and the same calls to both, one after the other. A line a call on standard error, since the client
 * logs to the other: `same WHAT`, or `differs WHAT`, what the first answered and what the second did, between tabs.
 */
final class Brokers implements AutoCloseable {
    private static final long EVENTUALLY_MS = 5_000;

    /** A uuid as Kafka writes it: those of the cluster and of a log dir are each broker's own. */
    private static final String ID = "(?<![\\w-])[\\w-]{22}(?![\\w-])";

    private static final String ADDRESS = "127\\.0\\.0\\.1:\\d+";

    /** What a call answers, in words that are the same for the same answer. */
    interface Call {
        Object on(Admin admin) throws Exception;
    }

    private record Pair(Admin samsa, Admin kafka) {}

    final Random random;
    private final Pair byBrokers;
    private final Pair byControllers;

    /** The addresses are those of a broker and of a controller, with a comma between. */
    Brokers(String samsa, String kafka, long seed) {
        this.random = new Random(seed);
        this.byBrokers = new Pair(admin("bootstrap.servers", samsa.split(",")[0]), admin("bootstrap.servers", kafka.split(",")[0]));
        this.byControllers = new Pair(admin("bootstrap.controllers", samsa.split(",")[1]), admin("bootstrap.controllers", kafka.split(",")[1]));
    }

    private static Admin admin(String kind, String address) {
        return Admin.create(Map.of(kind, address, "default.api.timeout.ms", 3_000, "request.timeout.ms", 3_000));
    }

    @Override
    public void close() {
        for (Pair pair : List.of(byBrokers, byControllers)) {
            pair.samsa.close(Duration.ZERO);
            pair.kafka.close(Duration.ZERO);
        }
    }

    /** A call that changes something is made once. */
    void change(String what, Call call) {
        Pair pair = pair();
        tell(told(what, pair), answer(call, pair.samsa), answer(call, pair.kafka));
    }

    /** The same, never of a controller. */
    void changeAtBroker(String what, Call call) {
        tell(what, answer(call, byBrokers.samsa), answer(call, byBrokers.kafka));
    }

    /** One that only looks may be made again: Apache Kafka answers changes before its broker goes by them. */
    void look(String what, Call call) {
        Pair pair = pair();
        List<String> answers = settled(pair, call);
        tell(told(what, pair), answers.get(0), answers.get(1));
    }

    /** Waits until both brokers have what was changed. */
    void settle(Call call) {
        settled(byBrokers, call);
    }

    private static List<String> settled(Pair pair, Call call) {
        long end = System.currentTimeMillis() + EVENTUALLY_MS;
        while (true) {
            List<String> answers = List.of(answer(call, pair.samsa), answer(call, pair.kafka));
            if (answers.get(0).equals(answers.get(1)) || System.currentTimeMillis() >= end) return answers;
            pause();
        }
    }

    /** Some calls go to the controllers' listeners, also those that only brokers serve. */
    private Pair pair() {
        return random.nextInt(100) < 15 ? byControllers : byBrokers;
    }

    private String told(String what, Pair pair) {
        return pair == byControllers ? what + " (of a controller)" : what;
    }

    private static void tell(String what, String ours, String theirs) {
        ours = ours.replaceAll(ID, "ID").replaceAll(ADDRESS, "ADDRESS");
        theirs = theirs.replaceAll(ID, "ID").replaceAll(ADDRESS, "ADDRESS");
        if (ours.equals(theirs)) System.err.println("same " + what);
        else System.err.println("differs " + what + "\t" + ours + "\t" + theirs);
    }

    /** What is answered, or the error and what it says. */
    static String answer(Call call, Admin admin) {
        try {
            return String.valueOf(call.on(admin)).replaceAll("\\s+", " ");
        } catch (ExecutionException failure) {
            return failed(failure.getCause());
        } catch (Exception failure) {
            return failed(failure);
        }
    }

    static String failed(Throwable failure) {
        String name = failure.getClass().getSimpleName();
        // The client's own words, with times in them.
        if (failure instanceof org.apache.kafka.common.errors.TimeoutException || failure instanceof TimeoutException) return name;
        return (name + ": " + failure.getMessage()).replaceAll("\\s+", " ");
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
