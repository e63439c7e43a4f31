import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import java.io.*; import java.util.*; import java.lang.reflect.*; import java.util.zip.*;
import org.apache.kafka.common.config.*;
public class ConfigValues {
  static final ObjectMapper M = new ObjectMapper();
  static PrintWriter out;
  static void area(String area, ConfigDef d, boolean topic) throws Exception {
    for (ConfigDef.ConfigKey k : new TreeMap<>(d.configKeys()).values()) {
      List<String> c=new ArrayList<>();
      switch(k.type){
        case INT: case LONG: case SHORT: c.addAll(List.of("0","1","-1","-2","-3","2","4","9","10","17","18","22","23"," 42 ","+7","007","1.5","","abc","1e3","500","501","1000","2147483647","2147483648","-2147483649","32767","32768","9223372036854775807","9223372036854775808","-9223372036854775808","1048576","1048575","-131072","-131073","86401","3600000")); break;
        case DOUBLE: c.addAll(List.of("0","0.5","1","1.0001","-0.1",".3","1e3","abc","","1e400","0.25 ")); break;
        case BOOLEAN: c.addAll(List.of("true","FALSE"," True ","yes","1","")); break;
        case LIST: c.addAll(List.of("","a","a,b"," a , b ,c","a,a","a,,b",",","compact","delete","compact,delete","delete , compact","none","1:2","1:2,3:4","*","1:x","1@localhost:9093","localhost:9093","localhost","broker","controller,broker","classic","consumer,classic","share","PLAINTEXT://:9092")); break;
        case STRING: case CLASS: case PASSWORD: if(k.type==ConfigDef.Type.CLASS) break; c.addAll(List.of(""," ","a"," a ","producer","gzip","GZIP","none","uncompressed","CreateTime","createtime","LogAppendTime","bidirectional","Upgrade","required","PLAINTEXT","ES256","es256","latest","earliest","EARLIEST","by_duration:PT1H","by_duration:P1DT2H","by_duration:-PT1H","by_duration:","by_duration:abc","by_duration:PT0.5S","read_committed","Read_Committed")); break;
      }
      for(String v: c){
        ObjectNode o=M.createObjectNode(); o.put("area",area); o.put("key",k.name); o.put("value",v);
        try{ Object p=ConfigDef.parseType(k.name,v,k.type); if(k.validator!=null) k.validator.ensureValid(k.name,p); o.put("parsed", k.type==ConfigDef.Type.PASSWORD? ((org.apache.kafka.common.config.types.Password)p).value() : ConfigDef.convertToString(p,k.type)); }
        catch(ConfigException e){ o.put("error", e.getMessage()); }
        catch(Throwable e){ o.put("error", e.getMessage()); o.put("odd", e.getClass().getName()); }
        out.println(M.writeValueAsString(o));
      }
    }
  }
  public static void main(String[] a) throws Exception {
    out=new PrintWriter(new OutputStreamWriter(new GZIPOutputStream(new FileOutputStream(a[0])),"UTF-8"));
    area("broker",(ConfigDef)Class.forName("org.apache.kafka.server.config.AbstractKafkaConfig").getField("CONFIG_DEF").get(null),false);
    area("topic",(ConfigDef)Class.forName("org.apache.kafka.storage.internals.log.LogConfig").getMethod("configDefCopy").invoke(null),true);
    {ConfigDef g=null; for (Field f : Class.forName("org.apache.kafka.coordinator.group.GroupConfig").getDeclaredFields()) if (f.getType() == ConfigDef.class) {f.setAccessible(true); g=(ConfigDef) f.get(null);} area("group",g,false);}
    area("clientMetrics",(ConfigDef)Class.forName("org.apache.kafka.server.metrics.ClientMetricsConfigs").getMethod("configDef").invoke(null),false);
    out.close();
  }
}
