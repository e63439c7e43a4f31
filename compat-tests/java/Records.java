import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** The records of support/records.mjs. */
final class Records {
    static final int COUNT = 200;
    private static final long FIRST_TIMESTAMP = 1_700_000_000_000L;
    private static final byte[] BINARY = {0x00, (byte) 0xff, (byte) 0x80};

    static ProducerRecord<byte[], byte[]> at(String topic, int offset) {
        String text = "value " + offset + " of " + topic + " ";
        int times = offset == 50 ? 4000 : 1 + offset % 40;
        byte[] key = offset % 10 == 9 ? null : bytes(topic + "-" + offset);
        byte[] value = offset % 25 == 23 ? null : bytes(text.repeat(times));
        List<Header> headers = new ArrayList<>();
        if (offset % 7 != 6) {
            headers.add(new RecordHeader("n", bytes(Integer.toString(offset))));
            headers.add(new RecordHeader("binary", BINARY));
        }
        return new ProducerRecord<>(topic, 0, FIRST_TIMESTAMP + offset * 1000L, key, value, headers);
    }

    static void verify(ConsumerRecord<byte[], byte[]> read) {
        ProducerRecord<byte[], byte[]> wanted = at(read.topic(), (int) read.offset());
        String where = read.topic() + "@" + read.offset() + ": ";
        check(Arrays.equals(read.key(), wanted.key()), where + "key");
        check(Arrays.equals(read.value(), wanted.value()), where + "value");
        check(read.timestamp() == wanted.timestamp(), where + "timestamp " + read.timestamp());
        check(Arrays.equals(read.headers().toArray(), wanted.headers().toArray()), where + "headers " + read.headers());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    private Records() {}
}
