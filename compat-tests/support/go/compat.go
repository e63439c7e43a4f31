// Package compat has the records of support/records.mjs, and the runner of scenarios of support/scenarios.mjs.
package compat

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

const (
	Count          = 200
	FirstTimestamp = int64(1_700_000_000_000)
	limit          = 60 * time.Second
)

type Header struct {
	Key   string
	Value []byte
}

type Record struct {
	Key, Value []byte
	Headers    []Header
	Timestamp  int64
}

// RecordAt is the record that every client produces at an offset of a topic.
func RecordAt(topic string, offset int) Record {
	times := 1 + offset%40
	if offset == 50 {
		times = 4000
	}
	record := Record{Timestamp: FirstTimestamp + int64(offset)*1000}
	if offset%10 != 9 {
		record.Key = []byte(fmt.Sprintf("%s-%d", topic, offset))
	}
	if offset%25 != 23 {
		record.Value = []byte(strings.Repeat(fmt.Sprintf("value %d of %s ", offset, topic), times))
	}
	if offset%7 != 6 {
		record.Headers = []Header{{"n", []byte(fmt.Sprint(offset))}, {"binary", []byte{0, 0xff, 0x80}}}
	}
	return record
}

// Verify tells what is wrong with a record that was read.
func Verify(topic string, offset int, read Record) error {
	wanted := RecordAt(topic, offset)
	if !same(read.Key, wanted.Key) || !same(read.Value, wanted.Value) || read.Timestamp != wanted.Timestamp {
		return fmt.Errorf("%s@%d: key %.40q, %d bytes, timestamp %d", topic, offset, read.Key, len(read.Value), read.Timestamp)
	}
	if len(read.Headers) != len(wanted.Headers) {
		return fmt.Errorf("%s@%d: %d headers", topic, offset, len(read.Headers))
	}
	for i, header := range wanted.Headers {
		if read.Headers[i].Key != header.Key || !bytes.Equal(read.Headers[i].Value, header.Value) {
			return fmt.Errorf("%s@%d: header %s", topic, offset, read.Headers[i].Key)
		}
	}
	return nil
}

func same(read, wanted []byte) bool {
	return (read == nil) == (wanted == nil) && bytes.Equal(read, wanted)
}

// Scenario is one line of a suite's outcome.
type Scenario struct {
	Name string
	Run  func() error
}

// Main runs what the command line asks for.
func Main(suite func(address string) []Scenario, produce, consume func(address, topic string) error) {
	command, address, topics := os.Args[1], os.Args[2], os.Args[3:]
	if command == "suite" {
		run(suite(address))
	}
	work, done := produce, "written"
	if command == "consume" {
		work, done = consume, "read"
	}
	var scenarios []Scenario
	for _, topic := range topics {
		scenarios = append(scenarios, Scenario{topic + " " + done, func() error { return work(address, topic) }})
	}
	run(scenarios)
}

func run(scenarios []Scenario) {
	failed := 0
	for _, scenario := range scenarios {
		outcome := make(chan error, 1)
		go func() { outcome <- scenario.Run() }()
		var err error
		select {
		case err = <-outcome:
		case <-time.After(limit):
			err = fmt.Errorf("not done within %s", limit)
		}
		if err == nil {
			fmt.Printf("ok %s\n", scenario.Name)
		} else {
			failed++
			fmt.Printf("not ok %s: %s\n", scenario.Name, strings.ReplaceAll(err.Error(), "\n", " | "))
		}
	}
	if failed > 0 {
		os.Exit(1)
	}
	os.Exit(0)
}

// Until waits for a condition.
func Until(what string, condition func() bool) error {
	for end := time.Now().Add(30 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("waited 30 s for %s", what)
		}
	}
	return nil
}

var names int

// Fresh is a name that no other run has used.
func Fresh(what string) string {
	names++
	return fmt.Sprintf("%s-%d-%d-%d", what, os.Getpid(), time.Now().UnixMilli(), names)
}

// Codec is the last part of a topic's name.
func Codec(topic string) string {
	return topic[strings.LastIndex(topic, ".")+1:]
}

// Expect is nil when a condition holds.
func Expect(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}
