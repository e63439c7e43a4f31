// sarama.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"samsa/compat"
)

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func main() { compat.Main(suite, produce, consume) }

func config(change ...func(*sarama.Config)) *sarama.Config {
	made := sarama.NewConfig()
	made.Version = sarama.MaxVersion
	made.ClientID = "compat-sarama"
	made.Producer.Return.Successes = true
	made.Producer.RequiredAcks = sarama.WaitForAll
	made.Producer.Partitioner = sarama.NewManualPartitioner
	made.Consumer.Offsets.Initial = sarama.OffsetOldest
	made.Consumer.MaxWaitTime = 100 * time.Millisecond
	made.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	for _, with := range change {
		with(made)
	}
	return made
}

func withAdmin(address string, work func(sarama.ClusterAdmin) error) error {
	admin, err := sarama.NewClusterAdmin([]string{address}, config())
	if err != nil {
		return err
	}
	defer admin.Close()
	return work(admin)
}

func create(address, topic string, partitions int32, entries map[string]*string) error {
	return withAdmin(address, func(admin sarama.ClusterAdmin) error {
		return admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: entries}, false)
	})
}

func send(address string, messages []*sarama.ProducerMessage, change ...func(*sarama.Config)) error {
	producer, err := sarama.NewSyncProducer([]string{address}, config(change...))
	if err != nil {
		return err
	}
	return errors.Join(producer.SendMessages(messages), producer.Close())
}

func numbered(topic string, count, start, partitions int) []*sarama.ProducerMessage {
	var messages []*sarama.ProducerMessage
	for i := start; i < start+count; i++ {
		messages = append(messages, &sarama.ProducerMessage{
			Topic: topic, Partition: int32(i % partitions),
			Key: sarama.StringEncoder(fmt.Sprintf("k%d", i)), Value: sarama.StringEncoder(fmt.Sprintf("v%d", i)),
		})
	}
	return messages
}

func read(address, topic string, count int) ([]*sarama.ConsumerMessage, error) {
	consumer, err := sarama.NewConsumer([]string{address}, config())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	defer partition.Close()
	var messages []*sarama.ConsumerMessage
	for late := time.After(30 * time.Second); len(messages) < count; {
		select {
		case message := <-partition.Messages():
			messages = append(messages, message)
		case <-late:
			return nil, fmt.Errorf("%d of %d messages came", len(messages), count)
		}
	}
	return messages, nil
}

func bytesOf(value []byte) sarama.Encoder {
	if value == nil {
		return nil
	}
	return sarama.ByteEncoder(value)
}

func produce(address, topic string) error {
	if err := create(address, topic, 1, nil); err != nil {
		return err
	}
	var messages []*sarama.ProducerMessage
	for offset := range compat.Count {
		made := compat.RecordAt(topic, offset)
		message := &sarama.ProducerMessage{Topic: topic, Key: bytesOf(made.Key), Value: bytesOf(made.Value), Timestamp: time.UnixMilli(made.Timestamp)}
		for _, header := range made.Headers {
			message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header.Key), Value: header.Value})
		}
		messages = append(messages, message)
	}
	return send(address, messages, func(c *sarama.Config) { c.Producer.Compression = codecs[compat.Codec(topic)] })
}

func consume(address, topic string) error {
	messages, err := read(address, topic, compat.Count)
	if err != nil {
		return err
	}
	for offset, message := range messages {
		made := compat.Record{Key: message.Key, Value: message.Value, Timestamp: message.Timestamp.UnixMilli()}
		for _, header := range message.Headers {
			made.Headers = append(made.Headers, compat.Header{Key: string(header.Key), Value: header.Value})
		}
		if err := errors.Join(compat.Expect(message.Offset == int64(offset), "offset %d", message.Offset), compat.Verify(topic, offset, made)); err != nil {
			return err
		}
	}
	return nil
}

func suite(address string) []compat.Scenario {
	fresh := func() (string, error) {
		topic := compat.Fresh("sarama")
		return topic, create(address, topic, 1, nil)
	}
	scenarios := []compat.Scenario{
		{Name: "topic: create, use at once, describe, list, delete", Run: func() error { return topicLife(address) }},
		{Name: "topic: configs are read and altered", Run: func() error { return configs(address) }},
		{Name: "topic: created by the first produce", Run: func() error {
			return send(address, []*sarama.ProducerMessage{{Topic: compat.Fresh("sarama-auto"), Value: sarama.StringEncoder("v")}})
		}},
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		scenarios = append(scenarios, compat.Scenario{Name: name + ": produce and consume", Run: func() error {
			topic, err := fresh()
			if err == nil {
				err = send(address, numbered(topic, 2000, 0, 1), func(c *sarama.Config) { c.Producer.Compression = codecs[name] })
			}
			if err == nil {
				err = expectNumbered(address, topic, 2000)
			}
			return err
		}})
	}
	return append(scenarios,
		compat.Scenario{Name: "headers, empty and null keys and values", Run: func() error { return emptyAndNull(address) }},
		compat.Scenario{Name: "acks 0, 1 and all", Run: func() error {
			topic, err := fresh()
			for _, acks := range []sarama.RequiredAcks{sarama.NoResponse, sarama.WaitForLocal, sarama.WaitForAll} {
				err = errors.Join(err, send(address, numbered(topic, 10, 0, 1), func(c *sarama.Config) { c.Producer.RequiredAcks = acks }))
			}
			if err == nil {
				_, err = read(address, topic, 30)
			}
			return err
		}},
		compat.Scenario{Name: "idempotent producer", Run: func() error {
			topic, err := fresh()
			if err == nil {
				err = send(address, numbered(topic, 3000, 0, 1), func(c *sarama.Config) {
					c.Producer.Idempotent = true
					c.Net.MaxOpenRequests = 1
					c.Producer.Flush.MaxMessages = 10
				})
			}
			if err == nil {
				err = expectNumbered(address, topic, 3000)
			}
			return err
		}},
		compat.Scenario{Name: "group: three members share six partitions, one leaves", Run: func() error { return rebalance(address) }},
		compat.Scenario{Name: "group: commit, stop, resume, listed, described, deleted", Run: func() error { return resume(address) }},
		compat.Scenario{Name: "offsets: by timestamp, earliest, latest", Run: func() error { return byTimestamp(address) }},
		compat.Scenario{Name: "partitions: added", Run: func() error {
			topic, err := fresh()
			return errors.Join(err, withAdmin(address, func(admin sarama.ClusterAdmin) error {
				err := admin.CreatePartitions(topic, 4, nil, false)
				described, failed := admin.DescribeTopics([]string{topic})
				return errors.Join(err, failed, compat.Expect(len(described[0].Partitions) == 4, "%v", described))
			}))
		}},
	)
}

func expectNumbered(address, topic string, count int) error {
	messages, err := read(address, topic, count)
	for i, message := range messages {
		if message.Offset != int64(i) || string(message.Value) != fmt.Sprintf("v%d", i) {
			return fmt.Errorf("%q at offset %d, number %d was due", message.Value, message.Offset, i)
		}
	}
	return err
}

func topicLife(address string) error {
	return withAdmin(address, func(admin sarama.ClusterAdmin) error {
		topic := compat.Fresh("sarama")
		if err := errors.Join(create(address, topic, 3, nil), send(address, numbered(topic, 3, 0, 3))); err != nil {
			return err
		}
		described, err := admin.DescribeTopics([]string{topic})
		if err != nil || len(described[0].Partitions) != 3 {
			return fmt.Errorf("described %v, %w", described, err)
		}
		if err := create(address, topic, 3, nil); !errors.Is(err, sarama.ErrTopicAlreadyExists) {
			return fmt.Errorf("created twice: %w", err)
		}
		if err := admin.DeleteTopic(topic); err != nil {
			return err
		}
		return compat.Until("the topic to be gone", func() bool {
			topics, err := admin.ListTopics()
			_, isThere := topics[topic]
			return err == nil && !isThere
		})
	})
}

func configs(address string) error {
	return withAdmin(address, func(admin sarama.ClusterAdmin) error {
		topic, retention, size := compat.Fresh("sarama"), "12345678", "20000000"
		if err := create(address, topic, 1, map[string]*string{"retention.ms": &retention}); err != nil {
			return err
		}
		entry := map[string]sarama.IncrementalAlterConfigsEntry{"segment.bytes": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &size}}
		if err := admin.IncrementalAlterConfig(sarama.TopicResource, topic, entry, false); err != nil {
			return err
		}
		entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic})
		found := map[string]string{}
		for _, entry := range entries {
			found[entry.Name] = entry.Value
		}
		return errors.Join(err, compat.Expect(found["retention.ms"] == retention && found["segment.bytes"] == size, "%v", found))
	})
}

func emptyAndNull(address string) error {
	topic := compat.Fresh("sarama")
	headers := []sarama.RecordHeader{{Key: []byte("twice"), Value: []byte("one")}, {Key: []byte("twice"), Value: []byte("two")}, {Key: []byte("empty"), Value: []byte{}}}
	sent := []*sarama.ProducerMessage{{Topic: topic, Value: sarama.ByteEncoder{}}, {Topic: topic, Key: sarama.ByteEncoder{}}, {Topic: topic, Value: sarama.StringEncoder("v"), Headers: headers}}
	if err := errors.Join(create(address, topic, 1, nil), send(address, sent)); err != nil {
		return err
	}
	messages, err := read(address, topic, 3)
	if err != nil {
		return err
	}
	first, second, third := messages[0], messages[1], messages[2]
	isRight := first.Key == nil && first.Value != nil && len(first.Value) == 0 && second.Key != nil && second.Value == nil
	return compat.Expect(isRight && len(third.Headers) == 3 && string(third.Headers[1].Value) == "two", "%v", messages)
}

// member counts its partitions and what it saw.
type member struct {
	group sarama.ConsumerGroup
	stop  context.CancelFunc
	done  chan struct{}
	mutex sync.Mutex
	share int
	seen  *sync.Map
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.share = 0
	for _, partitions := range session.Claims() {
		m.share += len(partitions)
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, isOpen := <-claim.Messages():
			if !isOpen {
				return nil
			}
			m.seen.Store(string(message.Value), true)
			session.MarkMessage(message, "")
		case <-session.Context().Done():
			return nil
		}
	}
}

func (m *member) count() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.share
}

func (m *member) leave() error {
	m.stop()
	<-m.done
	return m.group.Close()
}

func join(address, group, topic string, seen *sync.Map) (*member, error) {
	made, err := sarama.NewConsumerGroup([]string{address}, group, config())
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	joined := &member{group: made, stop: stop, done: make(chan struct{}), seen: seen}
	go func() {
		defer close(joined.done)
		for ctx.Err() == nil {
			_ = made.Consume(ctx, []string{topic}, joined)
		}
	}()
	return joined, nil
}

func rebalance(address string) error {
	topic, group := compat.Fresh("sarama"), compat.Fresh("sarama-group")
	if err := create(address, topic, 6, nil); err != nil {
		return err
	}
	var seen sync.Map
	count := func() (n int) { seen.Range(func(_, _ any) bool { n++; return true }); return }
	var members []*member
	for range 3 {
		made, err := join(address, group, topic, &seen)
		if err != nil {
			return err
		}
		members = append(members, made)
	}
	each := func(share int) func() bool {
		return func() bool {
			for _, m := range members {
				if m.count() != share {
					return false
				}
			}
			return true
		}
	}
	steps := []func() error{
		func() error { return compat.Until("two partitions each", each(2)) },
		func() error { return send(address, numbered(topic, 60, 0, 6)) },
		func() error { return compat.Until("60 messages", func() bool { return count() == 60 }) },
		func() error { last := members[2]; members = members[:2]; return last.leave() },
		func() error { return compat.Until("three partitions each", each(3)) },
		func() error { return send(address, numbered(topic, 60, 60, 6)) },
		func() error { return compat.Until("120 messages", func() bool { return count() == 120 }) },
		members[0].leave,
		members[1].leave,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func resume(address string) error {
	topic, group := compat.Fresh("sarama"), compat.Fresh("sarama-resume")
	if err := errors.Join(create(address, topic, 1, nil), send(address, numbered(topic, 20, 0, 1))); err != nil {
		return err
	}
	consumeUntil := func(what string, enough func(seen *sync.Map) bool) error {
		var seen sync.Map
		made, err := join(address, group, topic, &seen)
		if err != nil {
			return err
		}
		err = compat.Until(what, func() bool { return enough(&seen) })
		if err == nil {
			err = withAdmin(address, func(admin sarama.ClusterAdmin) error {
				described, err := admin.DescribeConsumerGroups([]string{group})
				return errors.Join(err, compat.Expect(described[0].State == "Stable" && len(described[0].Members) == 1, "%v", described[0]))
			})
		}
		return errors.Join(err, made.leave())
	}
	has := func(number string) func(*sync.Map) bool {
		return func(seen *sync.Map) bool { _, found := seen.Load(number); return found }
	}
	if err := consumeUntil("20 messages", has("v19")); err != nil {
		return err
	}
	if err := send(address, numbered(topic, 5, 20, 1)); err != nil {
		return err
	}
	if err := consumeUntil("5 more", func(seen *sync.Map) bool { return has("v24")(seen) && !has("v19")(seen) }); err != nil {
		return err
	}
	return withAdmin(address, func(admin sarama.ClusterAdmin) error {
		groups, err := admin.ListConsumerGroups()
		if _, isThere := groups[group]; err != nil || !isThere {
			return fmt.Errorf("listed %v, %w", groups, err)
		}
		offsets, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0}})
		if err != nil || offsets.GetBlock(topic, 0).Offset != 25 {
			return fmt.Errorf("offsets %v, %w", offsets, err)
		}
		return admin.DeleteConsumerGroup(group)
	})
}

func byTimestamp(address string) error {
	topic := compat.Fresh("sarama")
	var messages []*sarama.ProducerMessage
	for i := range int64(100) {
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v"), Timestamp: time.UnixMilli(compat.FirstTimestamp + i*1000)})
	}
	if err := errors.Join(create(address, topic, 1, nil), send(address, messages)); err != nil {
		return err
	}
	client, err := sarama.NewClient([]string{address}, config())
	if err != nil {
		return err
	}
	defer client.Close()
	for asked, wanted := range map[int64]int64{compat.FirstTimestamp + 41_500: 42, sarama.OffsetOldest: 0, sarama.OffsetNewest: 100} {
		offset, err := client.GetOffset(topic, 0, asked)
		if err = errors.Join(err, compat.Expect(offset == wanted, "%d: offset %d, not %d", asked, offset, wanted)); err != nil {
			return err
		}
	}
	return nil
}
