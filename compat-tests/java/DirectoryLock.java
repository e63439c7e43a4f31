import java.io.File;
import org.apache.kafka.server.util.FileLock;

/** Tries to lock a file as Apache Kafka's log manager does; says how it went, and holds the lock until its input ends. */
public class DirectoryLock {
    public static void main(String[] args) throws Exception {
        FileLock lock = new FileLock(new File(args[0]));
        System.out.println(lock.tryLock() ? "locked" : "refused");
        while (System.in.read() >= 0) {
        }
    }
}
