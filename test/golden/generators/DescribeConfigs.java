import java.util.*; import java.io.*;
import org.apache.kafka.clients.admin.*; import org.apache.kafka.common.config.ConfigResource;
import com.fasterxml.jackson.databind.*; import com.fasterxml.jackson.databind.node.*;
public class DescribeConfigs {
  static ObjectMapper M=new ObjectMapper();
  static void put(ObjectNode root,String name,Config c){ ArrayNode a=root.putArray(name); List<ConfigEntry> es=new ArrayList<>(c.entries()); es.sort(Comparator.comparing(ConfigEntry::name));
    for(ConfigEntry e:es){ ObjectNode o=a.addObject(); o.put("name",e.name()); o.put("value",e.value()); o.put("source",e.source().name()); o.put("sensitive",e.isSensitive()); o.put("readOnly",e.isReadOnly()); o.put("type",e.type().name()); ArrayNode s=o.putArray("synonyms"); for(var y:e.synonyms()) s.addObject().put("name",y.name()).put("value",y.value()).put("source",y.source().name()); } }
  public static void main(String[] a) throws Exception {
    try(Admin ad=Admin.create(Map.of("bootstrap.servers",a[0]))){
      NewTopic t=new NewTopic("over",1,(short)1).configs(Map.of("retention.ms","1000","cleanup.policy","compact, delete","min.cleanable.dirty.ratio",".3","segment.bytes","+2000000","compression.type","zstd","flush.messages","9223372036854775807"));
      try{ var r=ad.createTopics(List.of(t,new NewTopic("plain",1,(short)1))); r.all().get(); Thread.sleep(500);}catch(Exception e){System.err.println(e);}
      var to=new ConfigResource(ConfigResource.Type.TOPIC,"over"); var tp=new ConfigResource(ConfigResource.Type.TOPIC,"plain"); var b=new ConfigResource(ConfigResource.Type.BROKER,"1"); var bd=new ConfigResource(ConfigResource.Type.BROKER,"");
      ObjectNode root=M.createObjectNode();
      var opt=new DescribeConfigsOptions().includeSynonyms(true);
      var m=ad.describeConfigs(List.of(to,tp,b,bd),opt).all().get();
      put(root,"topic:over",m.get(to)); put(root,"topic:plain",m.get(tp)); put(root,"broker:1",m.get(b)); put(root,"broker:",m.get(bd));
      if(a.length>2){
      ad.incrementalAlterConfigs(Map.of(b,List.of(new AlterConfigOp(new ConfigEntry("log.retention.ms","5000"),AlterConfigOp.OpType.SET)), bd, List.of(new AlterConfigOp(new ConfigEntry("log.segment.bytes","2097152"),AlterConfigOp.OpType.SET),new AlterConfigOp(new ConfigEntry("message.max.bytes","2000000"),AlterConfigOp.OpType.SET)))).all().get(); Thread.sleep(1000);
      m=ad.describeConfigs(List.of(to,tp,b,bd),opt).all().get();
      put(root,"dynamic topic:over",m.get(to)); put(root,"dynamic topic:plain",m.get(tp)); put(root,"dynamic broker:1",m.get(b)); put(root,"dynamic broker:",m.get(bd));
      ObjectNode errs=root.putObject("errors");
      String[][] bads={{"retention.ms","-2"},{"retention.ms","abc"},{"foo","1"},{"cleanup.policy","x"},{"segment.bytes","100"},{"min.compaction.lag.ms","5000000000000000000"},{"min.insync.replicas","0"},{"max.compaction.lag.ms","0"},{"compression.gzip.level","0"},{"remote.storage.enable","true"},{"local.retention.ms","700000000"}};
      for(String[] x:bads) try{ ad.incrementalAlterConfigs(Map.of(tp,List.of(new AlterConfigOp(new ConfigEntry(x[0],x[1]),AlterConfigOp.OpType.SET))),new AlterConfigsOptions().validateOnly(true)).all().get(); errs.put("topic "+x[0]+"="+x[1],"OK"); }catch(Exception e){ errs.put("topic "+x[0]+"="+x[1], e.getCause().getClass().getSimpleName()+": "+e.getCause().getMessage()); }
      String[][] bb={{"log.retention.ms","abc"},{"node.id","3"},{"foo","1"},{"log.segment.bytes","100"},{"ssl.keystore.password","x"},{"listeners","PLAINTEXT://:1"},{"num.io.threads","16"},{"message.max.bytes","-1"},{"log.cleaner.threads","0"},{"num.partitions","4"},{"listener.name.plaintext.max.connections","5"}};
      for(ConfigResource r: List.of(b,bd)) for(String[] x:bb) try{ ad.incrementalAlterConfigs(Map.of(r,List.of(new AlterConfigOp(new ConfigEntry(x[0],x[1]),AlterConfigOp.OpType.SET))),new AlterConfigsOptions().validateOnly(true)).all().get(); errs.put("broker '"+r.name()+"' "+x[0]+"="+x[1],"OK"); }catch(Exception e){ errs.put("broker '"+r.name()+"' "+x[0]+"="+x[1], e.getCause().getClass().getSimpleName()+": "+e.getCause().getMessage()); }
      }
      M.writerWithDefaultPrettyPrinter().writeValue(new File(a[1]),root);
    }
  }
}
