"""load.py BOOTSTRAP PREFIX TOPICS PARTITIONS RECORDS: an idempotent librdkafka producer that numbers its records per
partition, prints `progress N` as they are acknowledged, and at the end one JSON line with what was acknowledged."""
import json
import sys

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, prefix, topics, partitions, records = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
names = [f"{prefix}-{i}" for i in range(topics)]
admin = AdminClient({"bootstrap.servers": bootstrap})
for future in admin.create_topics([NewTopic(name, partitions, 1) for name in names]).values():
    future.result()

acknowledged = {}
errors = []
disorder = []
delivered = 0


def on_delivery(error, message):
    global delivered
    if error is not None:
        errors.append(str(error))
        return
    key = f"{message.topic()}/{message.partition()}"
    number = int(message.value()[:12])
    if number != acknowledged.get(key, -1) + 1:
        disorder.append([key, number])
    acknowledged[key] = number
    delivered += 1
    if delivered % 20000 == 0:
        print(f"progress {delivered}", flush=True)


producer = Producer(
    {
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        "linger.ms": 5,
        "queue.buffering.max.messages": 200000,
        "message.timeout.ms": 120000,
        "reconnect.backoff.max.ms": 200,
    }
)
padding = b"x" * 88
for i in range(records):
    topic, partition, number = i % topics, i // topics % partitions, i // (topics * partitions)
    while True:
        try:
            producer.produce(names[topic], b"%012d" % number + padding, partition=partition, on_delivery=on_delivery)
            break
        except BufferError:
            producer.poll(0.05)
    producer.poll(0)
producer.flush(120)
print(json.dumps({"delivered": delivered, "errors": errors[:5], "disorder": disorder[:5], "acknowledged": acknowledged}))
