"""verify.py BOOTSTRAP < the last line of load.py: reads every partition whole; each must hold 0, 1, 2 … once, in order,
and at least what was acknowledged. Prints one JSON line; exit code 1 when something is missing, doubled or out of order."""
import json
import sys

from confluent_kafka import Consumer, TopicPartition

expected = json.load(sys.stdin)["acknowledged"]
consumer = Consumer(
    {"bootstrap.servers": sys.argv[1], "group.id": "verify", "enable.auto.commit": False, "fetch.wait.max.ms": 50}
)
positions, ends, wrong, read = {}, {}, [], 0
assignment = []
for key in expected:
    topic, partition = key.split("/")
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, int(partition)), timeout=30)
    ends[key] = high
    positions[key] = 0
    assignment.append(TopicPartition(topic, int(partition), 0))
    if low != 0 or high < expected[key] + 1:
        wrong.append(f"{key}: {low} to {high}, {expected[key] + 1} were acknowledged")
consumer.assign(assignment)
left = sum(ends.values())
while left > 0:
    messages = consumer.consume(10000, timeout=20)
    if not messages:
        wrong.append(f"{left} records did not come")
        break
    for message in messages:
        if message.error():
            wrong.append(str(message.error()))
            continue
        key = f"{message.topic()}/{message.partition()}"
        number = int(message.value()[:12])
        if number != positions[key] or message.offset() != number:
            wrong.append(f"{key}: number {number} at offset {message.offset()}, {positions[key]} was due")
        positions[key] = number + 1
        read += 1
        left -= 1
print(json.dumps({"read": read, "acknowledged": sum(n + 1 for n in expected.values()), "wrong": wrong[:10]}))
sys.exit(1 if wrong else 0)
