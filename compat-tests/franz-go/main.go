// franz-go.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"samsa/compat"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func main() { compat.Main(suite, produce, consume) }

func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 40*time.Second)
}

func client(address string, options ...kgo.Opt) *kgo.Client {
	all := append([]kgo.Opt{kgo.SeedBrokers(address), kgo.ClientID("compat-franz-go"), kgo.FetchMaxWait(100 * time.Millisecond)}, options...)
	made, err := kgo.NewClient(all...)
	if err != nil {
		panic(err)
	}
	return made
}

func withAdmin(address string, work func(context.Context, *kadm.Client) error) error {
	ctx, cancel := background()
	defer cancel()
	admin := kadm.NewClient(client(address))
	defer admin.Close()
	return work(ctx, admin)
}

func create(address, topic string, partitions int32, configs map[string]*string) error {
	return withAdmin(address, func(ctx context.Context, admin *kadm.Client) error {
		created, err := admin.CreateTopics(ctx, partitions, 1, configs, topic)
		return errors.Join(err, created.Error())
	})
}

func send(address string, records []*kgo.Record, options ...kgo.Opt) error {
	ctx, cancel := background()
	defer cancel()
	options = append([]kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}, options...)
	producer := client(address, options...)
	defer producer.Close()
	return producer.ProduceSync(ctx, records...).FirstErr()
}

func numbered(topic string, count, start, partitions int) []*kgo.Record {
	var records []*kgo.Record
	for i := start; i < start+count; i++ {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(i % partitions), Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i)})
	}
	return records
}

func take(consumer *kgo.Client, count int) ([]*kgo.Record, error) {
	ctx, cancel := background()
	defer cancel()
	var records []*kgo.Record
	for len(records) < count {
		fetches := consumer.PollRecords(ctx, count-len(records))
		if err := fetches.Err0(); err != nil {
			return nil, err
		}
		for _, failed := range fetches.Errors() {
			return nil, failed.Err
		}
		records = append(records, fetches.Records()...)
	}
	return records, nil
}

func read(address, topic string, count int) ([]*kgo.Record, error) {
	start := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}
	consumer := client(address, kgo.ConsumePartitions(start))
	defer consumer.Close()
	return take(consumer, count)
}

func produce(address, topic string) error {
	if err := create(address, topic, 1, nil); err != nil {
		return err
	}
	var records []*kgo.Record
	for offset := range compat.Count {
		made := compat.RecordAt(topic, offset)
		record := &kgo.Record{Topic: topic, Key: made.Key, Value: made.Value, Timestamp: time.UnixMilli(made.Timestamp)}
		for _, header := range made.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: header.Key, Value: header.Value})
		}
		records = append(records, record)
	}
	return send(address, records, kgo.ProducerBatchCompression(codecs[compat.Codec(topic)]))
}

func consume(address, topic string) error {
	records, err := read(address, topic, compat.Count)
	if err != nil {
		return err
	}
	for offset, record := range records {
		made := compat.Record{Key: record.Key, Value: record.Value, Timestamp: record.Timestamp.UnixMilli()}
		for _, header := range record.Headers {
			made.Headers = append(made.Headers, compat.Header{Key: header.Key, Value: header.Value})
		}
		if err := errors.Join(compat.Expect(record.Offset == int64(offset), "offset %d", record.Offset), compat.Verify(topic, offset, made)); err != nil {
			return err
		}
	}
	return nil
}

func suite(address string) []compat.Scenario {
	fresh := func(partitions int32) (string, error) {
		topic := compat.Fresh("franz-go")
		return topic, create(address, topic, partitions, nil)
	}
	scenarios := []compat.Scenario{
		{"cluster: described", func() error {
			return withAdmin(address, func(ctx context.Context, admin *kadm.Client) error {
				brokers, err := admin.BrokerMetadata(ctx)
				return errors.Join(err, compat.Expect(len(brokers.Brokers) == 1 && brokers.Cluster != "", "%v", brokers))
			})
		}},
		{"topic: create, use at once, describe, list, delete", func() error { return topicLife(address) }},
		{"topic: configs are read and altered", func() error { return configs(address) }},
		{"topic: created by the first produce", func() error {
			return send(address, []*kgo.Record{{Topic: compat.Fresh("franz-go-auto"), Value: []byte("v")}}, kgo.AllowAutoTopicCreation())
		}},
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		scenarios = append(scenarios, compat.Scenario{Name: name + ": produce and consume", Run: func() error {
			topic, err := fresh(1)
			if err == nil {
				err = send(address, numbered(topic, 2000, 0, 1), kgo.ProducerBatchCompression(codecs[name]))
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
			topic, err := fresh(1)
			for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck()} {
				err = errors.Join(err, send(address, numbered(topic, 10, 0, 1), kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite()))
			}
			err = errors.Join(err, send(address, numbered(topic, 10, 0, 1)))
			if err == nil {
				_, err = read(address, topic, 30)
			}
			return err
		}},
		compat.Scenario{Name: "idempotent producer", Run: func() error {
			topic, err := fresh(1)
			if err == nil {
				err = send(address, numbered(topic, 3000, 0, 1), kgo.ProducerBatchMaxBytes(600))
			}
			if err == nil {
				err = expectNumbered(address, topic, 3000)
			}
			return err
		}},
		compat.Scenario{Name: "group: three members share six partitions, one leaves", Run: func() error { return rebalance(address, kgo.RangeBalancer()) }},
		compat.Scenario{Name: "group: cooperative rebalance", Run: func() error { return rebalance(address, kgo.CooperativeStickyBalancer()) }},
		compat.Scenario{Name: "group: commit with metadata, stop, resume", Run: func() error { return resume(address) }},
		compat.Scenario{Name: "group: listed, described, deleted", Run: func() error { return groupAdmin(address) }},
		compat.Scenario{Name: "offsets: by timestamp, earliest, latest, max timestamp", Run: func() error { return byTimestamp(address) }},
	)
}

func expectNumbered(address, topic string, count int) error {
	records, err := read(address, topic, count)
	for i, record := range records {
		if record.Offset != int64(i) || string(record.Value) != fmt.Sprintf("v%d", i) {
			return fmt.Errorf("%q at offset %d, number %d was due", record.Value, record.Offset, i)
		}
	}
	return err
}

func topicLife(address string) error {
	return withAdmin(address, func(ctx context.Context, admin *kadm.Client) error {
		topic := compat.Fresh("franz-go")
		if err := create(address, topic, 3, nil); err != nil {
			return err
		}
		if err := send(address, numbered(topic, 3, 0, 3)); err != nil {
			return err
		}
		listed, err := admin.ListTopics(ctx, topic)
		if err != nil || len(listed[topic].Partitions) != 3 {
			return fmt.Errorf("listed %v, %w", listed, err)
		}
		if err := create(address, topic, 3, nil); !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("created twice: %w", err)
		}
		deleted, err := admin.DeleteTopics(ctx, topic)
		if err = errors.Join(err, deleted.Error()); err != nil {
			return err
		}
		return compat.Until("the topic to be gone", func() bool {
			left, err := admin.ListTopics(ctx)
			return err == nil && !left.Has(topic)
		})
	})
}

func configs(address string) error {
	return withAdmin(address, func(ctx context.Context, admin *kadm.Client) error {
		topic, retention := compat.Fresh("franz-go"), "12345678"
		if err := create(address, topic, 1, map[string]*string{"retention.ms": &retention}); err != nil {
			return err
		}
		size := "20000000"
		altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "segment.bytes", Value: &size}}, topic)
		if err != nil || altered[0].Err != nil {
			return errors.Join(err, altered[0].Err)
		}
		var found map[string]string
		read := func() bool {
			described, failed := admin.DescribeTopicConfigs(ctx, topic)
			if err = failed; err != nil {
				return true
			}
			found = map[string]string{}
			for _, config := range described[0].Configs {
				found[config.Key] = config.MaybeValue()
			}
			return found["segment.bytes"] == size
		}
		if waited := compat.Until("the altered config", read); waited != nil || err != nil {
			return errors.Join(err, waited)
		}
		return compat.Expect(found["retention.ms"] == retention, "%v", found)
	})
}

func emptyAndNull(address string) error {
	topic := compat.Fresh("franz-go")
	if err := create(address, topic, 1, nil); err != nil {
		return err
	}
	headers := []kgo.RecordHeader{{Key: "twice", Value: []byte("one")}, {Key: "twice", Value: []byte("two")}, {Key: "empty", Value: []byte{}}}
	sent := []*kgo.Record{{Topic: topic, Value: []byte{}}, {Topic: topic, Key: []byte{}}, {Topic: topic, Value: []byte("v"), Headers: headers}}
	if err := send(address, sent); err != nil {
		return err
	}
	records, err := read(address, topic, 3)
	if err != nil {
		return err
	}
	first, second, third := records[0], records[1], records[2]
	isRight := first.Key == nil && first.Value != nil && len(first.Value) == 0 && second.Key != nil && second.Value == nil
	return compat.Expect(isRight && len(third.Headers) == 3 && string(third.Headers[1].Value) == "two", "%v", records)
}

type member struct {
	client *kgo.Client
	mutex  sync.Mutex
	share  map[int32]bool
	done   chan struct{}
}

func (m *member) count() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.share)
}

func join(address, group, topic string, balancer kgo.GroupBalancer, seen *sync.Map) *member {
	made := &member{share: map[int32]bool{}, done: make(chan struct{})}
	change := func(present bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, topics map[string][]int32) {
			made.mutex.Lock()
			defer made.mutex.Unlock()
			for _, partition := range topics[topic] {
				if present {
					made.share[partition] = true
				} else {
					delete(made.share, partition)
				}
			}
		}
	}
	made.client = client(address, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.Balancers(balancer),
		kgo.HeartbeatInterval(500*time.Millisecond), kgo.SessionTimeout(10*time.Second),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.AutoCommitInterval(200*time.Millisecond),
		kgo.OnPartitionsAssigned(change(true)), kgo.OnPartitionsRevoked(change(false)), kgo.OnPartitionsLost(change(false)))
	go func() {
		defer close(made.done)
		for {
			fetches := made.client.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			fetches.EachRecord(func(record *kgo.Record) { seen.Store(string(record.Value), true) })
		}
	}()
	return made
}

func rebalance(address string, balancer kgo.GroupBalancer) error {
	topic, group := compat.Fresh("franz-go"), compat.Fresh("franz-go-group")
	if err := create(address, topic, 6, nil); err != nil {
		return err
	}
	var seen sync.Map
	count := func() (n int) { seen.Range(func(_, _ any) bool { n++; return true }); return }
	var members []*member
	for range 3 {
		members = append(members, join(address, group, topic, balancer, &seen))
	}
	each := func(share int) func() bool {
		return func() bool {
			return !slices.ContainsFunc(members, func(m *member) bool { return m.count() != share })
		}
	}
	steps := []func() error{
		func() error { return compat.Until("two partitions each", each(2)) },
		func() error { return send(address, numbered(topic, 60, 0, 6)) },
		func() error { return compat.Until("60 messages", func() bool { return count() == 60 }) },
		func() error { members[2].client.Close(); <-members[2].done; members = members[:2]; return nil },
		func() error { return compat.Until("three partitions each", each(3)) },
		func() error { return send(address, numbered(topic, 60, 60, 6)) },
		func() error { return compat.Until("120 messages", func() bool { return count() == 120 }) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	for _, m := range members {
		m.client.Close()
	}
	return nil
}

func resume(address string) error {
	topic, group := compat.Fresh("franz-go"), compat.Fresh("franz-go-resume")
	if err := errors.Join(create(address, topic, 1, nil), send(address, numbered(topic, 20, 0, 1))); err != nil {
		return err
	}
	options := []kgo.Opt{kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
	first := client(address, options...)
	if _, err := take(first, 20); err != nil {
		return err
	}
	first.Close()
	err := withAdmin(address, func(ctx context.Context, admin *kadm.Client) error {
		offsets := kadm.Offsets{}
		offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 7, LeaderEpoch: -1, Metadata: "seven"})
		committed, err := admin.CommitOffsets(ctx, group, offsets)
		if err = errors.Join(err, committed.Error()); err != nil {
			return err
		}
		fetched, err := admin.FetchOffsets(ctx, group)
		at, _ := fetched.Lookup(topic, 0)
		return errors.Join(err, compat.Expect(at.At == 7 && at.Metadata == "seven", "%v", fetched))
	})
	if err != nil {
		return err
	}
	second := client(address, options...)
	defer second.Close()
	records, err := take(second, 13)
	if err != nil {
		return err
	}
	return compat.Expect(records[0].Offset == 7, "resumed at %d", records[0].Offset)
}

func groupAdmin(address string) error {
	topic, group := compat.Fresh("franz-go"), compat.Fresh("franz-go-admin")
	if err := errors.Join(create(address, topic, 1, nil), send(address, numbered(topic, 5, 0, 1))); err != nil {
		return err
	}
	consumer := client(address, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if _, err := take(consumer, 5); err != nil {
		return err
	}
	return withAdmin(address, func(ctx context.Context, admin *kadm.Client) error {
		listed, err := admin.ListGroups(ctx)
		if err != nil || !slices.Contains(listed.Groups(), group) {
			return fmt.Errorf("listed %v, %w", listed.Groups(), err)
		}
		described, err := admin.DescribeGroups(ctx, group)
		if err != nil || described[group].State != "Stable" || described[group].Members[0].ClientID != "compat-franz-go" {
			return fmt.Errorf("described %v, %w", described, err)
		}
		consumer.Close()
		if err := compat.Until("the group to be empty", func() bool {
			described, err := admin.DescribeGroups(ctx, group)
			return err == nil && strings.EqualFold(described[group].State, "empty")
		}); err != nil {
			return err
		}
		deleted, err := admin.DeleteGroups(ctx, group)
		return errors.Join(err, deleted.Error())
	})
}

func byTimestamp(address string) error {
	topic := compat.Fresh("franz-go")
	if err := create(address, topic, 1, nil); err != nil {
		return err
	}
	var records []*kgo.Record
	for i := range int64(100) {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte("v"), Timestamp: time.UnixMilli(compat.FirstTimestamp + i*1000)})
	}
	if err := send(address, records); err != nil {
		return err
	}
	return withAdmin(address, func(ctx context.Context, admin *kadm.Client) error {
		for _, asked := range []struct {
			list   func(context.Context, ...string) (kadm.ListedOffsets, error)
			offset int64
		}{
			{func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
				return admin.ListOffsetsAfterMilli(ctx, compat.FirstTimestamp+41_500, topics...)
			}, 42},
			{admin.ListStartOffsets, 0},
			{admin.ListEndOffsets, 100},
			{admin.ListMaxTimestampOffsets, 99},
		} {
			listed, err := asked.list(ctx, topic)
			at, _ := listed.Lookup(topic, 0)
			if err = errors.Join(err, at.Err, compat.Expect(at.Offset == asked.offset, "offset %d, not %d", at.Offset, asked.offset)); err != nil {
				return err
			}
		}
		return nil
	})
}
