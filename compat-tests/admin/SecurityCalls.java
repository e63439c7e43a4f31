import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterClientQuotasOptions;
import org.apache.kafka.clients.admin.CreateDelegationTokenOptions;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;

/** Quotas, SCRAM credentials, ACLs and delegation tokens. */
final class SecurityCalls extends Calls {
    SecurityCalls(Brokers brokers) {
        super(brokers);
    }

    Map<String, String> entity() {
        Map<String, String> entity = new HashMap<>();
        for (String type : one(List.of(List.of("user"), List.of("client-id"), List.of("user", "client-id"), List.of("ip"), List.of("nope"), List.<String>of()))) {
            entity.put(type, chance(30) ? null : type.equals("ip") ? "10.1.2.3" : one(List.of("u", "v", "")));
        }
        return entity;
    }

    void quotas() {
        ClientQuotaEntity entity = new ClientQuotaEntity(entity());
        String key = one(List.of("producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate", "connection_creation_rate", "nope"));
        Double value = one(new ArrayList<>(java.util.Arrays.asList(1000.0, 0.5, -1.0, 0.0, 1e20, null)));
        boolean validate = chance(15);
        ClientQuotaAlteration alteration = new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(key, value)));
        change("quota " + new TreeMap<>(entity.entries()) + " " + key + "=" + value + (validate ? " (validate only)" : ""), admin ->
            each(admin.alterClientQuotas(List.of(alteration), new AlterClientQuotasOptions().validateOnly(validate)).values()));
    }

    void describeQuotas() {
        ClientQuotaFilter filter = one(List.of(
            ClientQuotaFilter.all(),
            ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntity("user", "u"))),
            ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntityType("user"))),
            ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofDefaultEntity("client-id"))),
            ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntityType("nope")))));
        look("quotas " + filter, admin -> new TreeMap<>(strings(admin.describeClientQuotas(filter).entities().get())));
    }

    void scram() {
        List<UserScramCredentialAlteration> alterations = new ArrayList<>();
        StringBuilder what = new StringBuilder();
        for (int i = draw(2); i >= 0; i--) {
            String user = one(List.of("u", "v", ""));
            ScramMechanism mechanism = one(List.of(ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512));
            int iterations = one(List.of(4096, 8192, 10, 20_000));
            boolean removes = chance(40);
            what.append(' ').append(user).append(mechanism).append(removes ? " away" : " " + iterations);
            alterations.add(removes
                ? new UserScramCredentialDeletion(user, mechanism)
                : new UserScramCredentialUpsertion(user, new ScramCredentialInfo(mechanism, iterations), "secret"));
        }
        change("scram" + what, admin -> each(admin.alterUserScramCredentials(alterations).values()));
    }

    void describeScram() {
        List<String> users = one(List.of(List.<String>of(), List.of("u"), List.of("v", "w")));
        look("scram of " + users, admin -> {
            Map<String, String> described = new TreeMap<>();
            org.apache.kafka.clients.admin.DescribeUserScramCredentialsResult result = admin.describeUserScramCredentials(users);
            for (String user : result.users().get()) described.put(user, answer(nobody -> sorted(result.description(user).get().credentialInfos()), null));
            return described;
        });
    }
    private ResourcePattern pattern() {
        ResourceType type = one(List.of(ResourceType.TOPIC, ResourceType.TOPIC, ResourceType.GROUP, ResourceType.CLUSTER, ResourceType.TRANSACTIONAL_ID, ResourceType.USER));
        String name = type == ResourceType.CLUSTER ? one(List.of("kafka-cluster", "x")) : one(List.of("t", "tt", "t*", "*", "User:x"));
        return new ResourcePattern(type, name, chance(70) ? PatternType.LITERAL : PatternType.PREFIXED);
    }

    void acls() {
        if (chance(25)) {
            AclBindingFilter filter = filter();
            change("acls away " + filter, admin -> admin.deleteAcls(List.of(filter)).all().get().stream().map(String::valueOf).sorted().toList());
            return;
        }
        AclOperation operation = one(List.of(AclOperation.READ, AclOperation.WRITE, AclOperation.ALL, AclOperation.DESCRIBE, AclOperation.CREATE_TOKENS));
        AclPermissionType permission = one(List.of(AclPermissionType.ALLOW, AclPermissionType.DENY));
        AccessControlEntry entry = new AccessControlEntry(one(List.of("User:a", "User:*", "User:b c")), one(List.of("*", "10.0.0.1")), operation, permission);
        List<AclBinding> bindings = List.of(new AclBinding(pattern(), entry));
        change("acl " + bindings, admin -> each(admin.createAcls(bindings).values()));
    }

    private AclBindingFilter filter() {
        ResourcePatternFilter resource = new ResourcePatternFilter(
            one(List.of(ResourceType.ANY, ResourceType.TOPIC, ResourceType.GROUP)),
            one(new ArrayList<>(java.util.Arrays.asList(null, "t", "tt", "*"))),
            one(List.of(PatternType.ANY, PatternType.MATCH, PatternType.LITERAL, PatternType.PREFIXED)));
        AccessControlEntryFilter entry = new AccessControlEntryFilter(
            one(new ArrayList<>(java.util.Arrays.asList(null, null, "User:a"))), null,
            one(List.of(AclOperation.ANY, AclOperation.ANY, AclOperation.READ)), AclPermissionType.ANY);
        return new AclBindingFilter(resource, entry);
    }

    void describeAcls() {
        AclBindingFilter filter = filter();
        look("acls " + filter, admin -> admin.describeAcls(filter).values().get().stream().map(String::valueOf).sorted().toList());
    }
    /** Refused to clients that nobody authenticated, each with its own words. */
    void tokens() {
        byte[] hmac = {1, 2, 3};
        KafkaPrincipal somebody = new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "somebody");
        switch (draw(5)) {
            case 0 -> change("token", admin -> admin.createDelegationToken().delegationToken().get());
            case 1 -> change("token for somebody", admin -> admin.createDelegationToken(
                new CreateDelegationTokenOptions().owner(somebody).renewers(List.of(somebody)).maxLifetimeMs(1000)).delegationToken().get());
            case 2 -> change("token renewed", admin -> admin.renewDelegationToken(hmac).expiryTimestamp().get());
            case 3 -> change("token expired", admin -> admin.expireDelegationToken(hmac).expiryTimestamp().get());
            default -> look("tokens", admin -> admin.describeDelegationToken().delegationTokens().get());
        }
    }
}
