"""librdkafka through confluent-kafka."""

import functools
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support" / "python"))

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

import compat
from compat import fresh, until

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
FIRST = 0  # OFFSET_BEGINNING is -2; offset 0 is what these topics start at


@functools.cache
def admin(address):
    """One for all: a client that nobody holds is destroyed, and its futures with it."""
    return AdminClient({"bootstrap.servers": address, "client.id": "compat-librdkafka"})


def create(address, topic, partitions=1, config=None):
    new = NewTopic(topic, partitions, 1, config=config or {})
    admin(address).create_topics([new])[topic].result(20)
    return topic


def send(address, topic, messages, **settings):
    """Sends and answers the offsets of the delivery reports, in their order."""
    producer = Producer({"bootstrap.servers": address, **settings})
    offsets, failures = [], []

    def delivered(error, message):
        failures.append(error) if error else offsets.append(message.offset())

    for message in messages:
        producer.produce(topic, on_delivery=delivered, **message)
        producer.poll(0)
    assert producer.flush(30) == 0, "not flushed"
    assert not failures, failures[0]
    return offsets


def numbered(count, start=0, partitions=1):
    return [
        {"key": f"k{i}", "value": f"v{i}", "partition": i % partitions} for i in range(start, start + count)
    ]


def consumer(address, **settings):
    defaults = {
        "bootstrap.servers": address,
        "group.id": fresh("rdkafka"),
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 100,
        "check.crcs": True,
    }
    return Consumer({**defaults, **settings})


def take(reader, count):
    messages = []

    def enough():
        for message in reader.consume(count - len(messages), 0.2):
            if message.error():
                raise KafkaException(message.error())
            messages.append(message)
        return len(messages) >= count

    until(f"{count} messages", enough)
    return messages


def read(address, topic, count, partition=0):
    reader = consumer(address)
    reader.assign([TopicPartition(topic, partition, FIRST)])
    messages = take(reader, count)
    low, high = reader.get_watermark_offsets(TopicPartition(topic, partition), 10)
    assert (low, high) == (0, count), (low, high)
    reader.close()
    return messages


def produce(address, topic):
    create(address, topic)
    names = ("key", "value", "headers", "timestamp")
    messages = [dict(zip(names, compat.record_at(topic, i)), partition=0) for i in range(compat.COUNT)]
    send(address, topic, messages, **{"compression.codec": topic.rsplit(".", 1)[1], "linger.ms": 50})


def consume(address, topic):
    for offset, message in enumerate(read(address, topic, compat.COUNT)):
        assert message.offset() == offset
        compat.verify(topic, offset, message.key(), message.value(), message.headers(), message.timestamp()[1])


def suite(address):
    def topic_life():
        client = admin(address)
        topic = create(address, fresh("rdkafka"), 3)
        send(address, topic, numbered(3, partitions=3), retries=0)
        assert len(client.list_topics(topic, 10).topics[topic].partitions) == 3
        try:
            create(address, topic)
            raise AssertionError("created twice")
        except KafkaException as failure:
            assert failure.args[0].name() == "TOPIC_ALREADY_EXISTS", failure
        client.delete_topics([topic])[topic].result(20)
        until("the topic to be gone", lambda: topic not in client.list_topics(timeout=10).topics)

    def cluster():
        described = admin(address).describe_cluster().result(20)
        assert len(described.nodes) == 1 and described.cluster_id and described.controller

    def configs():
        topic = create(address, fresh("rdkafka"), 1, {"retention.ms": "12345678"})
        resource = ConfigResource(ResourceType.TOPIC, topic)
        read_back = lambda: next(iter(admin(address).describe_configs([resource]).values())).result(20)
        assert read_back()["retention.ms"].value == "12345678"
        entry = ConfigEntry("segment.bytes", "20000000", incremental_operation=AlterConfigOpType.SET)
        change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        next(iter(admin(address).incremental_alter_configs([change]).values())).result(20)
        assert read_back()["segment.bytes"].value == "20000000"

    def auto_create():
        topic = fresh("rdkafka-auto")
        send(address, topic, [{"value": "v"}])
        assert admin(address).list_topics(topic, 10).topics[topic].error is None

    def round_trip(codec):
        topic = create(address, fresh("rdkafka"))
        settings = {"compression.codec": codec, "linger.ms": 50}
        send(address, topic, numbered(2000), **settings)
        messages = read(address, topic, 2000)
        assert [m.value().decode() for m in messages] == [f"v{i}" for i in range(2000)]
        assert [m.offset() for m in messages] == list(range(2000))

    def empty_and_null():
        topic = create(address, fresh("rdkafka"))
        headers = [("twice", b"one"), ("twice", b"two"), ("null", None), ("empty", b"")]
        send(address, topic, [{"key": None, "value": b""}, {"key": b"", "value": None}, {"value": b"v", "headers": headers}])
        first, second, third = read(address, topic, 3)
        assert (first.key(), first.value()) == (None, b"")
        assert (second.key(), second.value()) == (b"", None)
        assert third.headers() == headers, third.headers()

    def acks():
        topic = create(address, fresh("rdkafka"))
        for level in (0, 1, -1):
            send(address, topic, numbered(10), acks=level)
        read(address, topic, 30)

    def idempotent():
        topic = create(address, fresh("rdkafka"))
        settings = {"enable.idempotence": True, "batch.num.messages": 5, "linger.ms": 0}
        offsets = send(address, topic, numbered(3000), **settings)
        assert offsets == list(range(3000))
        read(address, topic, 3000)

    def rebalance(strategy):
        topic = create(address, fresh("rdkafka"), 6)
        group, seen = fresh("rdkafka-group"), set()
        settings = {
            "group.id": group,
            "partition.assignment.strategy": strategy,
            "heartbeat.interval.ms": 500,
            "session.timeout.ms": 10_000,
            "topic.metadata.refresh.interval.ms": 1000,
        }
        members = [Member(address, topic, settings, seen) for _ in range(3)]
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
        topic, group = create(address, fresh("rdkafka")), fresh("rdkafka-resume")
        send(address, topic, numbered(20))
        first = consumer(address, **{"group.id": group})
        first.subscribe([topic])
        take(first, 20)
        committed = TopicPartition(topic, 0, 7, metadata="seven")
        first.commit(offsets=[committed], asynchronous=False)
        first.close()
        second = consumer(address, **{"group.id": group})
        second.subscribe([topic])
        assert take(second, 13)[0].offset() == 7
        position = second.committed([TopicPartition(topic, 0)], 10)[0]
        assert (position.offset, position.metadata) == (7, "seven")
        second.close()

    def group_admin():
        client = admin(address)
        topic, group = create(address, fresh("rdkafka")), fresh("rdkafka-admin")
        send(address, topic, numbered(5))
        member = consumer(address, **{"group.id": group, "client.id": "member"})
        member.subscribe([topic])
        take(member, 5)
        member.commit(asynchronous=False)
        assert group in [g.group_id for g in client.list_consumer_groups().result(20).valid]
        described = client.describe_consumer_groups([group])[group].result(20)
        assert described.state.name == "STABLE" and described.members[0].client_id == "member"
        member.close()
        offsets = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(20)
        assert offsets.topic_partitions[0].offset == 5
        moved = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 2)])
        client.alter_consumer_group_offsets([moved])[group].result(20)
        client.delete_consumer_groups([group])[group].result(20)
        assert group not in [g.group_id for g in client.list_consumer_groups().result(20).valid]

    def by_timestamp():
        topic = create(address, fresh("rdkafka"))
        start = compat.FIRST_TIMESTAMP
        send(address, topic, [{"value": "v", "timestamp": start + i * 1000} for i in range(100)])
        reader = consumer(address)
        found = reader.offsets_for_times([TopicPartition(topic, 0, start + 41_500)], 10)
        assert found[0].offset == 42, found
        reader.close()
        asked = {TopicPartition(topic, 0): OffsetSpec.max_timestamp()}
        last = next(iter(admin(address).list_offsets(asked).values())).result(20)
        assert (last.offset, last.timestamp) == (99, start + 99_000)

    def add_partitions():
        topic = create(address, fresh("rdkafka"))
        admin(address).create_partitions([NewPartitions(topic, 4)])[topic].result(20)
        until("four partitions", lambda: len(admin(address).list_topics(topic, 10).topics[topic].partitions) == 4)

    return {
        "cluster: described": cluster,
        "topic: create, use at once, describe, list, delete": topic_life,
        "topic: configs are read and altered": configs,
        "topic: created by the first produce": auto_create,
        **{f"{codec}: produce and consume": lambda codec=codec: round_trip(codec) for codec in CODECS},
        "headers, empty and null keys and values": empty_and_null,
        "acks 0, 1 and all": acks,
        "idempotent producer": idempotent,
        "group: three members share six partitions, one leaves": lambda: rebalance("range"),
        "group: cooperative rebalance": lambda: rebalance("cooperative-sticky"),
        "group: commit with metadata, stop, resume": resume,
        "group: listed, described, offsets read and altered, deleted": group_admin,
        "offsets: by timestamp, max timestamp": by_timestamp,
        "partitions: added": add_partitions,
    }


class Member(threading.Thread):
    """A consumer of a group that polls on a thread of its own."""

    def __init__(self, address, topic, settings, seen):
        super().__init__(daemon=True)
        self.reader = consumer(address, **settings)
        self.seen, self.share, self.leaving = seen, 0, False
        self.reader.subscribe([topic])
        self.start()

    def run(self):
        while not self.leaving:
            message = self.reader.poll(0.1)
            if message is not None and not message.error():
                self.seen.add(message.value())
                self.reader.commit(message, asynchronous=True)
            self.share = len(self.reader.assignment())
        self.reader.close()

    def leave(self):
        self.leaving = True
        self.join(30)


compat.arguments(suite, produce, consume)
