import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.tools.DumpLogSegments;

/**
 * Apache Kafka's own dump tool, many times in one JVM. One command line a line on stdin, its arguments separated by tabs;
 * one line comes back: `ok`, `done` or the exception that ended it, standard output and standard error in base64.
 */
public final class DumpLog {
    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            String end = "done";
            try {
                DumpLogSegments.main(line.split("\t"));
            } catch (Throwable failure) {
                end = failure.getClass().getSimpleName();
            }
            answers.println("ok " + end + " " + base64(out) + " " + base64(err));
        }
    }

    private static String base64(ByteArrayOutputStream bytes) {
        return bytes.size() == 0 ? "-" : Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
