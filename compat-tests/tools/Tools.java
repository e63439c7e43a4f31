import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Apache Kafka's command line tools, one after the other in one JVM. A line on stdin is a command: the main class, standard
 * input in base64, and the arguments, separated by tabs. One line comes back: `ok`, the exit code, standard output and
 * standard error in base64.
 */
public final class Tools {
    private static final class Ended extends Error {
        private static final long serialVersionUID = 1;

        Ended() {
            super("the tool has ended", null, false, false);
        }
    }

    /**
     * One run of a tool. Its shutdown hooks run at its end, which is where the console producer sends what it has. What it
     * prints later does not count: it may catch how it is ended, and report that.
     */
    private static final class Run {
        private static final long HOOK_LIMIT_MS = 10_000;
        private final List<Thread> hooks = new ArrayList<>();
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final ByteArrayOutputStream err = new ByteArrayOutputStream();
        private String answer;

        private void end(int code) {
            if (answer != null) return;
            hooks.forEach(Thread::start);
            for (Thread hook : hooks) {
                try {
                    hook.join(HOOK_LIMIT_MS);
                } catch (InterruptedException interrupted) {
                    throw new AssertionError(interrupted);
                }
            }
            answer = code + " " + base64(out) + " " + base64(err);
        }

        String of(String mainClass, InputStream input, String[] args) throws Exception {
            System.setIn(input);
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            Exit.Procedure ending = (code, message) -> {
                if (message != null) System.err.println(message);
                end(code);
                throw new Ended();
            };
            Exit.setExitProcedure(ending);
            Exit.setHaltProcedure(ending);
            Exit.setShutdownHookAdder((name, hook) -> hooks.add(daemon(hook)));
            try {
                Class.forName(mainClass).getMethod("main", String[].class).invoke(null, (Object) args);
                end(0);
            } catch (InvocationTargetException failure) {
                if (!(failure.getCause() instanceof Ended)) failure.getCause().printStackTrace();
                end(1);
            }
            return answer;
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] parts = line.split("\t", -1);
            InputStream input = new ByteArrayInputStream(Base64.getDecoder().decode(parts[1]));
            answers.println("ok " + new Run().of(parts[0], input, Arrays.copyOfRange(parts, 2, parts.length)));
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private static String base64(ByteArrayOutputStream bytes) {
        return bytes.size() == 0 ? "-" : Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
