import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.event.ruler.Machine;

/**
 * AWS event-ruler beside ours: rules that peers/ruler_rules.py wrote, over events that lie in memory as strings. Makes one
 * pass for every word on standard input and answers `word events cpu_ns wall_ns`, as parse_floor.cc does:
 *
 * <pre>
 * parse    every line to a Jackson tree, nothing asked of it
 * match    rulesForJSONEvent(line), the way its authors recommend; it reads the JSON itself
 * counts   no pass: matches by rule of the last one, as JSON
 * </pre>
 *
 * The driver makes passes until they get no quicker before it measures: the code is warm.
 */
final class EventRulerRunner {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final Machine machine = new Machine();
  private final List<String> events;
  private final Map<String, long[]> counts = new HashMap<>();

  private EventRulerRunner(Path rules, Path events) throws Exception {
    int added = 0;
    for (String line : Files.readAllLines(rules)) {
      JsonNode rule = MAPPER.readTree(line);
      String id = rule.get("id").asText();
      try {
        for (JsonNode alternative : rule.get("rules")) {
          machine.addRule(id, alternative.toString());
        }
        ++added;
      } catch (Exception error) {
        System.err.println("refused\t" + id + "\t" + String.valueOf(error.getMessage()).lines().findFirst().orElse(""));
      }
    }
    this.events = Files.readAllLines(events);
    System.out.println("event-ruler 2.1.0 " + added + " rules, Java " + System.getProperty("java.version"));
  }

  private long pass(String word) throws Exception {
    switch (word) {
      case "parse":
        long numFields = 0;
        for (String event : events) {
          numFields += MAPPER.readTree(event).size();
        }
        return numFields > 0 ? events.size() : -1;
      case "match":
        counts.clear();
        for (String event : events) {
          List<String> matched = machine.rulesForJSONEvent(event);
          for (String id : matched.size() < 2 ? matched : new HashSet<>(matched)) {
            counts.computeIfAbsent(id, unused -> new long[1])[0]++;
          }
        }
        return events.size();
      default:
        return -1;
    }
  }

  private String counted() throws Exception {
    Map<String, Long> byRule = new TreeMap<>();
    counts.forEach((id, count) -> byRule.put(id, count[0]));
    return MAPPER.writeValueAsString(byRule);
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2) {
      System.err.println("usage: EventRulerRunner RULES.ndjson EVENTS.ndjson");
      System.exit(2);
    }
    EventRulerRunner runner = new EventRulerRunner(Path.of(arguments[0]), Path.of(arguments[1]));
    BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String word = words.readLine(); word != null; word = words.readLine()) {
      if (word.equals("counts")) {
        System.out.println(runner.counted());
        continue;
      }
      long begin = System.nanoTime();
      long cpuBegin = PROCESS.getProcessCpuTime();
      long counted = runner.pass(word);
      long cpu = PROCESS.getProcessCpuTime() - cpuBegin;
      System.out.println(word + " " + counted + " " + cpu + " " + (System.nanoTime() - begin));
    }
  }
}
