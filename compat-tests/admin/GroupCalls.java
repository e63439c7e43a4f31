import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;

/** Groups and their offsets. */
final class GroupCalls extends Calls {
    GroupCalls(Brokers brokers) {
        super(brokers);
    }

    void groups() {
        String group = one(List.of("g1", "g2", "nobody", ""));
        TopicPartition partition = partition();
        ListGroupsOptions which = one(List.of(
            new ListGroupsOptions(), ListGroupsOptions.forConsumerGroups(), new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY)),
            new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC)), new ListGroupsOptions().withProtocolTypes(Set.of("", "x"))));
        String named = group.isEmpty() ? "g1" : group;
        switch (draw(8)) {
            case 0 -> change("commit of " + group + " to " + partition, admin ->
                answer(nobody -> admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3, "m"))).all().get(), null));
            case 1 -> look("offsets of " + group, admin ->
                new TreeMap<>(strings(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get())));
            case 2 -> look("groups", admin -> admin.listGroups(which).all().get().stream().map(String::valueOf).sorted().toList());
            case 3 -> change("delete group " + group, admin -> each(admin.deleteConsumerGroups(List.of(group)).deletedGroups()));
            // Of no name it is ConsumerGroupDescribe that refuses, which is the newer groups' own.
            case 4 -> look("group " + named, admin -> answer(nobody -> admin.describeConsumerGroups(List.of(named)).all().get().values().stream()
                .map(g -> g.groupId() + g.isSimpleConsumerGroup() + g.members().size() + g.groupState() + g.type() + g.authorizedOperations()).toList(), null));
            case 5 -> look("classic group " + group, admin -> answer(nobody -> admin.describeClassicGroups(List.of(group)).all().get().values().stream()
                .map(g -> g.groupId() + g.protocol() + g.members().size() + g.state() + g.isSimpleConsumerGroup()).toList(), null));
            case 6 -> change("members of " + group + " away", admin -> admin.removeMembersFromConsumerGroup(group,
                new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("i")))).all().get());
            default -> change("offsets of " + group + " away for " + partition, admin ->
                answer(nobody -> admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get(), null));
        }
    }
}
