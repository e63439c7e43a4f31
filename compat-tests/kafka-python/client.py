"""kafka-python."""

import functools
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support" / "python"))

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

import compat
from compat import fresh, until

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


@functools.cache
def admin(address):
    return KafkaAdminClient(bootstrap_servers=address, client_id="compat-kafka-python")


def create(address, topic, partitions=1, config=None):
    admin(address).create_topics([NewTopic(topic, partitions, 1, topic_configs=config or {})])
    return topic


def send(address, topic, messages, **settings):
    """Sends and answers the offsets, in the order of the messages."""
    producer = KafkaProducer(bootstrap_servers=address, **settings)
    sent = [producer.send(topic, **message) for message in messages]
    producer.flush(30)
    offsets = [future.get(30).offset for future in sent]
    producer.close()
    return offsets


def numbered(count, start=0, partitions=1):
    return [
        {"key": b"k%d" % i, "value": b"v%d" % i, "partition": i % partitions} for i in range(start, start + count)
    ]


def consumer(address, **settings):
    defaults = {
        "bootstrap_servers": address,
        "group_id": fresh("kafka-python"),
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_wait_ms": 100,
        "check_crcs": True,
    }
    return KafkaConsumer(**{**defaults, **settings})


def take(reader, count):
    messages = []

    def enough():
        for batch in reader.poll(200, max_records=count - len(messages)).values():
            messages.extend(batch)
        return len(messages) >= count

    until(f"{count} messages", enough)
    return messages


def read(address, topic, count, partition=0):
    reader = consumer(address, group_id=None)
    where = TopicPartition(topic, partition)
    reader.assign([where])
    reader.seek_to_beginning(where)
    messages = take(reader, count)
    assert reader.end_offsets([where])[where] == count
    reader.close()
    return messages


def produce(address, topic):
    create(address, topic)
    names = ("key", "value", "headers", "timestamp_ms")
    messages = [dict(zip(names, compat.record_at(topic, i)), partition=0) for i in range(compat.COUNT)]
    codec = topic.rsplit(".", 1)[1]
    send(address, topic, messages, compression_type=None if codec == "none" else codec, linger_ms=50)


def consume(address, topic):
    for offset, message in enumerate(read(address, topic, compat.COUNT)):
        assert message.offset == offset
        compat.verify(topic, offset, message.key, message.value, message.headers, message.timestamp)


def suite(address):
    def topic_life():
        client = admin(address)
        topic = create(address, fresh("kafka-python"), 3)
        send(address, topic, numbered(3, partitions=3), retries=0)
        assert len(client.describe_topics([topic])[0]["partitions"]) == 3
        try:
            create(address, topic)
            raise AssertionError("created twice")
        except TopicAlreadyExistsError:
            pass
        client.delete_topics([topic])
        until("the topic to be gone", lambda: topic not in client.list_topics())

    def configs():
        topic = create(address, fresh("kafka-python"), 1, {"retention.ms": "12345678"})
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        assert "12345678" in str(admin(address).describe_configs([resource]))
        admin(address).alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"segment.bytes": "20000000"})])
        assert "20000000" in str(admin(address).describe_configs([resource]))

    def auto_create():
        topic = fresh("kafka-python-auto")
        assert send(address, topic, [{"value": b"v"}]) == [0]

    def round_trip(codec):
        topic = create(address, fresh("kafka-python"))
        send(address, topic, numbered(2000), compression_type=None if codec == "none" else codec, linger_ms=50)
        messages = read(address, topic, 2000)
        assert [m.value for m in messages] == [b"v%d" % i for i in range(2000)]
        assert [m.offset for m in messages] == list(range(2000))

    def empty_and_null():
        topic = create(address, fresh("kafka-python"))
        headers = [("twice", b"one"), ("twice", b"two"), ("empty", b"")]
        send(address, topic, [{"value": b""}, {"key": b"", "value": None}, {"value": b"v", "headers": headers}])
        first, second, third = read(address, topic, 3)
        assert (first.key, first.value) == (None, b"")
        assert (second.key, second.value) == (b"", None)
        assert [tuple(header) for header in third.headers] == headers, third.headers

    def acks():
        topic = create(address, fresh("kafka-python"))
        for sent, level in ((10, 0), (20, 1), (30, "all")):
            producer = KafkaProducer(bootstrap_servers=address, acks=level, enable_idempotence=False)
            for message in numbered(10):
                producer.send(topic, **message)
            producer.flush(30)
            # With acks=0 this client's flush ends before its bytes have left, so it is closed after they have arrived.
            read(address, topic, sent)
            producer.close()

    def idempotent():
        topic = create(address, fresh("kafka-python"))
        offsets = send(address, topic, numbered(3000), enable_idempotence=True, batch_size=500)
        assert offsets == list(range(3000))
        read(address, topic, 3000)

    def rebalance():
        topic = create(address, fresh("kafka-python"), 6)
        group, seen = fresh("kafka-python-group"), set()
        members = [Member(address, topic, group, seen) for _ in range(3)]
        until("two partitions each", lambda: [m.share for m in members] == [2, 2, 2])
        send(address, topic, numbered(60, 0, 6))
        until("60 messages", lambda: len(seen) == 60)
        members.pop().leave()
        until("three partitions each", lambda: [m.share for m in members] == [3, 3])
        send(address, topic, numbered(60, 60, 6))
        until("120 messages", lambda: len(seen) == 120)
        for member in members:
            member.leave()

    def resume():
        topic, group = create(address, fresh("kafka-python")), fresh("kafka-python-resume")
        send(address, topic, numbered(20))
        where = TopicPartition(topic, 0)
        first = consumer(address, group_id=group)
        first.subscribe([topic])
        take(first, 20)
        first.commit({where: OffsetAndMetadata(7, "seven", -1)})
        first.close()
        second = consumer(address, group_id=group)
        second.subscribe([topic])
        assert take(second, 13)[0].offset == 7
        position = second.committed(where, metadata=True)
        assert (position.offset, position.metadata) == (7, "seven"), position
        second.close()

    def group_admin():
        client = admin(address)
        topic, group = create(address, fresh("kafka-python")), fresh("kafka-python-admin")
        send(address, topic, numbered(5))
        member = consumer(address, group_id=group, client_id="member")
        member.subscribe([topic])
        take(member, 5)
        member.commit()
        assert group in str(client.list_groups())
        described = str(client.describe_groups([group]))
        assert "Stable" in described or "STABLE" in described, described
        member.close()
        assert "5" in str(client.list_group_offsets(group))
        client.delete_groups([group])
        assert group not in str(client.list_groups())

    def by_timestamp():
        topic = create(address, fresh("kafka-python"))
        start = compat.FIRST_TIMESTAMP
        send(address, topic, [{"value": b"v", "timestamp_ms": start + i * 1000} for i in range(100)])
        reader = consumer(address)
        where = TopicPartition(topic, 0)
        found = reader.offsets_for_times({where: start + 41_500})[where]
        assert (found.offset, found.timestamp) == (42, start + 42_000), found
        assert reader.beginning_offsets([where])[where] == 0
        assert reader.end_offsets([where])[where] == 100
        reader.close()

    def add_partitions():
        topic = create(address, fresh("kafka-python"))
        admin(address).create_partitions({topic: NewPartitions(4)})
        until("four partitions", lambda: len(admin(address).describe_topics([topic])[0]["partitions"]) == 4)

    return {
        "topic: create, use at once, describe, list, delete": topic_life,
        "topic: configs are read and altered": configs,
        "topic: created by the first produce": auto_create,
        **{f"{codec}: produce and consume": lambda codec=codec: round_trip(codec) for codec in CODECS},
        "headers, empty and null keys and values": empty_and_null,
        "acks 0, 1 and all": acks,
        "idempotent producer": idempotent,
        "group: three members share six partitions, one leaves": rebalance,
        "group: commit with metadata, stop, resume": resume,
        "group: listed, described, offsets read, deleted": group_admin,
        "offsets: by timestamp": by_timestamp,
        "partitions: added": add_partitions,
    }


class Member(threading.Thread):
    """A consumer of a group that polls on a thread of its own."""

    def __init__(self, address, topic, group, seen):
        super().__init__(daemon=True)
        self.reader = consumer(address, group_id=group, heartbeat_interval_ms=500, session_timeout_ms=10_000)
        self.seen, self.share, self.leaving = seen, 0, False
        self.reader.subscribe([topic])
        self.start()

    def run(self):
        while not self.leaving:
            for batch in self.reader.poll(100).values():
                self.seen.update(message.value for message in batch)
                self.reader.commit()
            self.share = len(self.reader.assignment())
        self.reader.close()

    def leave(self):
        self.leaving = True
        self.join(30)


if __name__ == "__main__":
    compat.arguments(suite, produce, consume)
