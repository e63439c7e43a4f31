"""aiokafka."""

import asyncio
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support" / "python"))

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import OffsetAndMetadata

import compat
from compat import fresh

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
LIMIT_S = 30


class Session:
    """Starts clients and stops them all at the end."""

    def __init__(self, address):
        self.address = address
        self.started = []

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for client in reversed(self.started):
            await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())

    async def start(self, client):
        await client.start()
        self.started.append(client)
        return client

    async def stop(self, client):
        self.started.remove(client)
        await client.stop()

    async def admin(self):
        return await self.start(AIOKafkaAdminClient(bootstrap_servers=self.address))

    async def create(self, topic, partitions=1, configs=None):
        client = await self.admin()
        response = await client.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs or {})])
        return topic, [error for _, error, *_ in response.topic_errors]

    async def topic(self, partitions=1):
        topic, errors = await self.create(fresh("aiokafka"), partitions)
        assert errors == [0], errors
        return topic

    async def send(self, topic, messages, **settings):
        producer = await self.start(AIOKafkaProducer(bootstrap_servers=self.address, **settings))
        sent = [await producer.send(topic, **message) for message in messages]
        await producer.flush()
        results = [await future for future in sent]
        await self.stop(producer)
        return [result.offset if result else None for result in results]

    async def consumer(self, *topics, **settings):
        defaults = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "fetch_max_wait_ms": 100}
        return await self.start(AIOKafkaConsumer(*topics, bootstrap_servers=self.address, **{**defaults, **settings}))

    async def read(self, topic, count):
        reader = await self.consumer()
        where = TopicPartition(topic, 0)
        reader.assign([where])
        messages = await take(reader, count)
        assert (await reader.end_offsets([where]))[where] == count
        return messages


async def take(reader, count):
    messages = []
    async with asyncio.timeout(LIMIT_S):
        while len(messages) < count:
            for batch in (await reader.getmany(timeout_ms=200, max_records=count - len(messages))).values():
                messages.extend(batch)
    return messages


async def until(what, condition):
    try:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError as late:
        raise AssertionError(f"waited {LIMIT_S} s for {what}") from late


def numbered(count, start=0, partitions=1):
    return [
        {"key": b"k%d" % i, "value": b"v%d" % i, "partition": i % partitions} for i in range(start, start + count)
    ]


def codec_of(name):
    return None if name == "none" else name


async def produce_all(session, topic):
    await session.create(topic)
    names = ("key", "value", "headers", "timestamp_ms")
    messages = [dict(zip(names, compat.record_at(topic, i)), partition=0) for i in range(compat.COUNT)]
    await session.send(topic, messages, compression_type=codec_of(topic.rsplit(".", 1)[1]), linger_ms=50)


async def consume_all(session, topic):
    for offset, message in enumerate(await session.read(topic, compat.COUNT)):
        assert message.offset == offset
        compat.verify(topic, offset, message.key, message.value, message.headers, message.timestamp)


async def topic_life(session):
    client = await session.admin()
    topic = await session.topic(3)
    await session.send(topic, numbered(3, partitions=3))
    assert len((await client.describe_topics([topic]))[0]["partitions"]) == 3
    assert (await session.create(topic))[1] == [36]
    await client.delete_topics([topic])
    assert topic not in await client.list_topics()


async def configs(session):
    topic, _ = await session.create(fresh("aiokafka"), 1, {"retention.ms": "12345678"})
    client = await session.admin()
    described = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    assert "12345678" in str(described)


async def auto_create(session):
    assert await session.send(fresh("aiokafka-auto"), [{"value": b"v"}]) == [0]


async def round_trip(session, codec):
    topic = await session.topic()
    await session.send(topic, numbered(2000), compression_type=codec_of(codec), linger_ms=50)
    messages = await session.read(topic, 2000)
    assert [m.value for m in messages] == [b"v%d" % i for i in range(2000)]
    assert [m.offset for m in messages] == list(range(2000))


async def empty_and_null(session):
    topic = await session.topic()
    headers = [("twice", b"one"), ("twice", b"two"), ("empty", b"")]
    messages = [{"value": b""}, {"key": b"", "value": None}, {"value": b"v", "headers": headers}]
    await session.send(topic, [{**message, "partition": 0} for message in messages])
    first, second, third = await session.read(topic, 3)
    assert (first.key, first.value) == (None, b"")
    assert (second.key, second.value) == (b"", None)
    assert [tuple(header) for header in third.headers] == headers, third.headers


async def acks(session):
    topic = await session.topic()
    for level in (0, 1, "all"):
        await session.send(topic, numbered(10), acks=level)
    await session.read(topic, 30)


async def idempotent(session):
    topic = await session.topic()
    offsets = await session.send(topic, numbered(3000), enable_idempotence=True, max_batch_size=500)
    assert offsets == list(range(3000))
    await session.read(topic, 3000)


async def rebalance(session):
    topic = await session.topic(6)
    group, seen = fresh("aiokafka-group"), set()
    settings = {"group_id": group, "heartbeat_interval_ms": 500, "session_timeout_ms": 10_000}

    async def poll(reader):
        while True:
            for batch in (await reader.getmany(timeout_ms=100)).values():
                seen.update(message.value for message in batch)
                await reader.commit()

    members = [await session.consumer(topic, **settings) for _ in range(3)]
    polls = [asyncio.create_task(poll(member)) for member in members]
    await until("two partitions each", lambda: [len(m.assignment()) for m in members] == [2, 2, 2])
    await session.send(topic, numbered(60, 0, 6))
    await until("60 messages", lambda: len(seen) == 60)
    polls.pop().cancel()
    await session.stop(members.pop())
    await until("three partitions each", lambda: [len(m.assignment()) for m in members] == [3, 3])
    await session.send(topic, numbered(60, 60, 6))
    await until("120 messages", lambda: len(seen) == 120)
    for running in polls:
        running.cancel()


async def resume(session):
    topic, group = await session.topic(), fresh("aiokafka-resume")
    await session.send(topic, numbered(20))
    where = TopicPartition(topic, 0)
    first = await session.consumer(topic, group_id=group)
    await take(first, 20)
    await first.commit({where: OffsetAndMetadata(7, "seven")})
    await session.stop(first)
    second = await session.consumer(topic, group_id=group)
    assert (await take(second, 13))[0].offset == 7
    assert await second.committed(where) == 7


async def group_admin(session):
    client = await session.admin()
    topic, group = await session.topic(), fresh("aiokafka-admin")
    await session.send(topic, numbered(5))
    member = await session.consumer(topic, group_id=group)
    await take(member, 5)
    await member.commit()
    assert group in [name for name, *_ in await client.list_consumer_groups()]
    assert "Stable" in str(await client.describe_consumer_groups([group]))
    offsets = await client.list_consumer_group_offsets(group)
    assert offsets[TopicPartition(topic, 0)].offset == 5


async def by_timestamp(session):
    topic = await session.topic()
    start = compat.FIRST_TIMESTAMP
    await session.send(topic, [{"value": b"v", "partition": 0, "timestamp_ms": start + i * 1000} for i in range(100)])
    reader = await session.consumer()
    where = TopicPartition(topic, 0)
    found = (await reader.offsets_for_times({where: start + 41_500}))[where]
    assert (found.offset, found.timestamp) == (42, start + 42_000), found
    assert (await reader.beginning_offsets([where]))[where] == 0
    assert (await reader.end_offsets([where]))[where] == 100


async def add_partitions(session):
    topic = await session.topic()
    client = await session.admin()
    await client.create_partitions({topic: NewPartitions(4)})
    assert len((await client.describe_topics([topic]))[0]["partitions"]) == 4


SCENARIOS = {
    "topic: create, use at once, describe, list, delete": topic_life,
    "topic: configs are read": configs,
    "topic: created by the first produce": auto_create,
    **{f"{codec}: produce and consume": lambda session, codec=codec: round_trip(session, codec) for codec in CODECS},
    "headers, empty and null keys and values": empty_and_null,
    "acks 0, 1 and all": acks,
    "idempotent producer": idempotent,
    "group: three members share six partitions, one leaves": rebalance,
    "group: commit, stop, resume": resume,
    "group: listed, described, offsets read": group_admin,
    "offsets: by timestamp": by_timestamp,
    "partitions: added": add_partitions,
}


def blocking(work, address, *args):
    async def run():
        async with Session(address) as session:
            await work(session, *args)

    asyncio.run(run())


if __name__ == "__main__":
    compat.arguments(
        lambda address: {name: lambda work=work: blocking(work, address) for name, work in SCENARIOS.items()},
        lambda address, topic: blocking(produce_all, address, topic),
        lambda address, topic: blocking(consume_all, address, topic),
    )
